// A process of its own that holds or writes an index, to be killed by a test. `node child.js hold|write|over DIR`;
// `node child.js hold DIR N` kills itself before its Nth batch.
import {ClassicLevel} from 'classic-level'
import {openIn, record} from './fixtures.js'

const [, , task, dir = '', last = ''] = process.argv
const say = (text: string): boolean => process.stdout.write(`${text}\n`)

if (last !== '') {
	const {batch} = ClassicLevel.prototype
	let count = 0
	Object.assign(ClassicLevel.prototype, {
		batch(...args: unknown[]) {
			if (++count === Number(last)) process.kill(process.pid, 'SIGKILL')
			return Reflect.apply(batch, this, args)
		},
	})
}

const index = await openIn(dir)
say('open')
if (task === 'hold') {
	// Until killed; stdin keeps the process alive.
	process.stdin.resume()
} else if (task === 'write') {
	// Batch n sets all of `base…` to size n and adds 40 records of its own, so a mixture of two batches shows.
	const from = (await index.get(record('base0000', 0).path))?.state
	let batch = from?.kind === 'file' ? from.size : 0
	for (;;) {
		batch++
		const state = {kind: 'file', size: batch, mtime: batch, mode: 0o644, hash: null} as const
		const base = Array.from({length: 300}, (_, i) => `base${String(i).padStart(4, '0')}`)
		const own = Array.from(
			{length: 40},
			(_, i) => `own${String((batch * 7919 + i * 104729) % 1_000_000).padStart(6, '0')}-${batch}`,
		)
		await index.write(
			{records: [...base, ...own].map((path) => record(path, index.takeSeq(), state))},
			{sync: batch % 2 === 0},
		)
		say(String(batch))
	}
} else {
	say('started')
	await index.startOver()
	say('done')
	process.stdin.resume()
}
