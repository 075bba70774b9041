// Compiles the tests into .build/ and runs them with mocha under a given Node. Counts come from the reporter, by file.
import {spawnSync} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, relative, resolve} from 'node:path'
import {run} from './run.js'

/** @typedef {{passed: number, failed: number, skipped: number}} Counts */

/** Compiles src/ and test/ with source maps; leftovers of deleted tests go. @param {string} root */
export function compileTests(root) {
	rmSync(join(root, '.build'), {recursive: true, force: true})
	run('tsc', ['-p', 'tsconfig.test.json'], {cwd: root})
}

/**
 * What mocha is to run: `test/x.test.ts` and folders below test/ become their compiled ones, options stay as they are.
 * @param {string} root @param {string[]} args @returns {string[]}
 */
export function mochaArgs(root, args) {
	const withValue = new Set(['-g', '--grep', '-f', '--fgrep', '-t', '--timeout', '-R', '--reporter'])
	const specs = []
	const options = []
	for (let i = 0; i < args.length; i++) {
		const arg = args[i] ?? ''
		if (arg.startsWith('-')) {
			options.push(arg)
			if (withValue.has(arg)) options.push(args[++i] ?? '')
			continue
		}
		const compiled = join(root, '.build', relative(root, resolve(root, arg))).replace(/\.ts$/, '.js')
		if (!existsSync(compiled)) throw new Error(`no such test: ${arg}`)
		specs.push(statSync(compiled).isDirectory() ? `${compiled}/**/*.test.js` : compiled)
	}
	return [...options, ...(specs.length > 0 ? specs : [join(root, '.build/test/**/*.test.js')])]
}

/**
 * Runs the compiled tests. A run that ended without counts, or with another code than they say, counts as one failure.
 * @param {{root: string, node?: string, args: string[], quiet?: boolean}} options @returns {Counts & {output: string}}
 */
export function runSuite({root, node = process.execPath, args, quiet = false}) {
	const folder = mkdtempSync(join(tmpdir(), 'filesync-suite-'))
	const file = join(folder, 'counts.json')
	try {
		const reporter = join(root, 'scripts/lib/reporter.cjs')
		const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
		const {status, error, stdout, stderr} = spawnSync(
			node,
			['--enable-source-maps', mocha, '--timeout', '60000', '--reporter', reporter, ...mochaArgs(root, args)],
			{
				cwd: root,
				stdio: quiet ? 'pipe' : 'inherit',
				encoding: 'utf8',
				maxBuffer: 256 * 1024 * 1024,
				env: {...process.env, FILESYNC_TEST_COUNTS: file},
			},
		)
		if (error) throw error
		const counts = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {passed: 0, failed: 0, skipped: 0}
		if (counts.failed === 0 && status !== 0) counts.failed = 1
		return {...counts, output: `${stdout ?? ''}${stderr ?? ''}`}
	} finally {
		rmSync(folder, {recursive: true, force: true})
	}
}

/** Prints the last line of a test run and sets the exit code. @param {Counts} counts */
export function conclude({passed, failed, skipped}) {
	if (skipped > 0) console.log(`${skipped} skipped (listed above with "-")`)
	if (passed + failed === 0) console.log('no test was run')
	if (failed > 0 || passed === 0) process.exitCode = 1
	console.log(`${passed} passed, ${failed} failed`)
}
