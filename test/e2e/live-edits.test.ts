// A sync that ends with 0 leaves both sides as they were at its start, with live nodes too: random edits on both sides at random moments,
// up to 200 ms after the round before and while one is under way. FILESYNC_ROUNDS=5000 for a long run, FILESYNC_SEED=N repeats one.
import assert from 'node:assert/strict'
import {join} from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {concurrently} from './support/concurrent.js'
import {Editor, randomOf} from './support/edits.js'
import {type Device, type Pair, withPair} from './support/pair.js'
import {type Outcome, told} from './support/program.js'

const rounds = Number(process.env['FILESYNC_ROUNDS'] ?? '12')
const seed = Number(process.env['FILESYNC_SEED'] ?? Date.now() % 1_000_000)

/** Edits come up to so long after a round. */
const latestMs = 200
const mostEdits = 10

const settings = {max_delete_percent: 100}

/** Edits of one side, spread at random. */
async function editFor(editor: Editor, random: () => number): Promise<void> {
	const moments = Array.from({length: Math.floor(random() * mostEdits)}, () => random() * latestMs).sort(
		(a, b) => a - b,
	)
	let atMs = 0
	for (const moment of moments) {
		await pause(moment - atMs)
		atMs = moment
		editor.edit()
	}
}

const sync = (device: Device): Promise<Outcome> => device.run('sync', '--json')

async function play({alpha, beta, home}: Pair, salt: number): Promise<void> {
	const random = randomOf(seed + salt)
	const editors = [alpha, beta].map(
		({dir, name}) => new Editor(dir.path, join(home, `${name}-outside`), randomOf(Math.floor(random() * 2 ** 31))),
	)
	for (let round = 1; round <= rounds; round++) {
		// One that the edits fall into: it may not take all of them, and may find some changed under its hands.
		const other = random() < 0.4 ? sync(alpha) : undefined
		await Promise.all(editors.map((editor) => editFor(editor, random)))
		await other
		const outcome = await sync(alpha)
		const where = `round ${round}, FILESYNC_SEED=${seed}`
		const last = editors.map(({done}) => done.slice(-2 * mostEdits).join('\n')).join('\n-- beta\n')
		assert.equal(outcome.code, 0, `${where}: ${told(outcome)}\n${last}`)
		assert.deepEqual(alpha.dir.replica, beta.dir.replica, `${where}: ${outcome.stdout}\n${last}`)
	}
}

describe('e2e: edits at any moment', () => {
	before(function () {
		if (process.platform === 'win32') this.skip()
	})
	const timeoutMs = 90_000 + rounds * 2000
	concurrently([
		{
			name: `are in the next sync of a serving node, ${rounds} rounds`,
			timeoutMs,
			run: () => withPair({name: 'edits', settings}, (pair) => play(pair, 1)),
		},
		{
			name: `are in the next sync that is handed to a watching node, ${rounds} rounds`,
			timeoutMs,
			run: () =>
				withPair({name: 'edits-live', settings}, async (pair) => {
					const watch = pair.alpha.start('watch')
					await watch.line(/Connected to beta/)
					await play(pair, 2)
					const outcome = await watch.stop()
					assert.equal(outcome.code, 0, told(outcome))
				}),
		},
	])
})
