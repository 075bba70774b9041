// A sync that ends with 0 leaves both sides as they were at its start, with live nodes too: random edits on both sides at random moments,
// up to 200 ms after the round before and while one is under way. FILESYNC_ROUNDS=5000 for a long run, FILESYNC_SEED=N repeats one.
import assert from 'node:assert/strict'
import {lstatSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {concurrently} from './support/concurrent.js'
import {Editor, randomOf} from './support/edits.js'
import {type Device, type Pair, withPair} from './support/pair.js'
import {type Outcome, patienceMs, told} from './support/program.js'

const rounds = Number(process.env['FILESYNC_ROUNDS'] ?? '12')
const seed = Number(process.env['FILESYNC_SEED'] ?? Date.now() % 1_000_000)

/** Edits come up to so long after a round. */
const latestMs = 200
const mostEdits = 10

/** Folders that come in one sync, and how soon after it they are edited at the latest. */
const manyFolders = 100
const soonMs = 20

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

/** Waits for a path without letting go for longer than a turn: what happens right after it came is of interest. */
async function appears(path: string): Promise<void> {
	const deadline = performance.now() + patienceMs
	while (lstatSync(path, {throwIfNoEntry: false}) === undefined) {
		assert.ok(performance.now() < deadline, `not there: ${path}`)
		await new Promise((resolve) => setImmediate(resolve))
	}
}

const sync = (device: Device): Promise<Outcome> => device.run('sync', '--json')

async function play({alpha, beta, home}: Pair, salt: number): Promise<void> {
	const random = randomOf(seed + salt)
	const editors = [alpha, beta].map(
		({dir, name}) => new Editor(dir.path, join(home, `${name}-outside`), randomOf(Math.floor(random() * 2 ** 31))),
	)
	const check = async (what: string): Promise<void> => {
		const outcome = await sync(alpha)
		const where = `${what}, FILESYNC_SEED=${seed}`
		const last = editors.map(({done}) => done.slice(-2 * mostEdits).join('\n')).join('\n-- beta\n')
		assert.equal(outcome.code, 0, `${where}: ${told(outcome)}\n${last}`)
		assert.deepEqual(alpha.dir.replica, beta.dir.replica, `${where}: ${outcome.stdout}\n${last}`)
	}
	const [here, there] = editors
	assert.ok(here !== undefined && there !== undefined)
	for (let round = 1; round <= rounds; round++) {
		if (round % 4 === 1) {
			// Folders that a sync made a moment ago, or is making, more than are taken up at once.
			const top = here.plantMany(manyFolders)
			const making = sync(alpha)
			if (random() < 0.3) await making
			else await appears(beta.dir.at(top, `${manyFolders - 1}`))
			await pause(random() * soonMs)
			there.editMany(top, manyFolders)
			await making
			await check(`round ${round}, new folders`)
			here.remove(top)
		}
		// One that the edits fall into: it may not take all of them, and may find some changed under its hands.
		const other = random() < 0.4 ? sync(alpha) : undefined
		await Promise.all(editors.map((editor) => editFor(editor, random)))
		await other
		await check(`round ${round}`)
	}
}

describe('e2e: edits at any moment', () => {
	before(function () {
		if (process.platform === 'win32') this.skip()
	})
	const timeoutMs = 90_000 + rounds * 8000
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
