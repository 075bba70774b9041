// The deletion limit under watch: the deletions wait, all else goes on, and they go on by themselves when undone or once when allowed.
import assert from 'node:assert/strict'
import type {Dir} from '../e2e/support/dir.js'
import {type Device, withPair} from '../e2e/support/pair.js'
import {told, until} from '../e2e/support/program.js'

const names = Array.from({length: 30}, (_, i) => `many/f${i}`)
const gone = names.slice(0, 25)

const fill = (dir: Dir): void => {
	for (const name of names) dir.write(name, `content of ${name}`)
}

interface Told {
	readonly problems: readonly {
		readonly path: string
		readonly side: string
		readonly code: string
		readonly message: string
	}[]
	readonly last_sync: {readonly ok: boolean} | null
	readonly link: {readonly state: string}
}

const tell = async (device: Device): Promise<Told> => JSON.parse((await device.run('top', '--once', '--json')).stdout)

const arrives = (dir: Dir, path: string): Promise<void> => until(`${path} in ${dir.path}`, () => dir.has(path))

describe('too many deletions under watch', function () {
	this.timeout(120_000)
	for (const deleting of ['alpha', 'beta'] as const)
		it(`deleted on ${deleting === 'alpha' ? 'the side of watch' : 'the other side'}`, () =>
			withPair({name: 'deletions-wait', settings: {rescan_interval_sec: 5}}, async (pair) => {
				const {alpha} = pair
				const here = pair[deleting].dir
				const there = pair[deleting === 'alpha' ? 'beta' : 'alpha'].dir
				fill(alpha.dir)
				const watch = alpha.start('watch')
				await arrives(pair.beta.dir, 'many/f29')
				const isOver = async () => {
					const {problems, last_sync: last} = await tell(alpha)
					return problems.length === 0 && last?.ok === true
				}
				await until('the first sync', isOver)

				here.rm(...gone)
				await until('they wait', async () => (await tell(alpha)).problems.length > 0)
				const {problems, link} = await tell(alpha)
				assert.deepEqual(
					problems.map(({path, side, code}) => [path, side, code]),
					[['.', deleting === 'alpha' ? 'remote' : 'local', 'TOO_MANY_DELETIONS']],
				)
				assert.match(problems[0]?.message ?? '', /25 of the 30 files .* wait .*filesync sync --allow-deletes/)
				assert.equal(link.state, 'connected')
				for (const name of names) assert.ok(there.has(name), name)

				// All else goes on, both ways, and so do edits of what stays.
				here.write('from here', 'x').write('many/f29', 'edited')
				there.write('from there', 'y')
				await arrives(there, 'from here')
				await arrives(here, 'from there')
				await until('the edit', () => there.read('many/f29') === 'edited')
				for (const name of gone) assert.ok(there.has(name) && !here.has(name), name)

				// A command without the word for it is told, and the node lives.
				const refused = await alpha.run('sync')
				assert.equal(refused.code, 5, told(refused))

				// Undone: nothing is left to wait.
				for (const name of gone) here.write(name, `content of ${name}`)
				await until('nothing waits', isOver)
				pair.assertSame()

				// Meant: allowed once.
				here.rm(...gone)
				await until('they wait again', async () => (await tell(alpha)).problems.length > 0)
				const allowed = await alpha.run('sync', '--allow-deletes')
				assert.equal(allowed.code, 0, told(allowed))
				for (const name of gone) assert.ok(!there.has(name), name)
				await until('nothing waits any more', isOver)
				pair.assertSame()
				const outcome = await watch.stop()
				assert.equal(outcome.code, 0, told(outcome))
				// Once for each time that they began to wait, however often it was tried.
				assert.equal([...outcome.stdout.matchAll(/^Problem: .*TOO_MANY_DELETIONS/gm)].length, 2, told(outcome))
				assert.equal([...outcome.stdout.matchAll(/^No problem any more: /gm)].length, 2, told(outcome))
			}))
})
