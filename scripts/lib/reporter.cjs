// Mocha's spec reporter, which also writes its counts, and why tests failed, to the file FILESYNC_TEST_COUNTS. It ends a
// run that something left open keeps alive: as a failure, with what it is.
const {writeFileSync} = require('node:fs')
const Mocha = require('mocha')

/** How long a finished run may take to close what it opened, in milliseconds. */
const lingerMs = 10_000

module.exports = class extends Mocha.reporters.Spec {
	constructor(runner, options) {
		super(runner, options)
		runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
			const {passes, failures, pending} = runner.stats
			const file = process.env.FILESYNC_TEST_COUNTS
			const causes = this.failures.map((test) => `${test.titlePath().join(': ')}\n${test.err?.message ?? ''}`)
			const write = (failed) =>
				file && writeFileSync(file, JSON.stringify({passed: passes, failed, skipped: pending, causes}))
			write(failures)
			setTimeout(() => {
				const left = `tests left open: ${process.getActiveResourcesInfo().join(', ')}`
				console.error(left)
				causes.push(left)
				write(failures + 1)
				process.exit(1)
			}, lingerMs).unref()
		})
	}
}
