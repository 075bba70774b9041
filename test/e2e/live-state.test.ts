// What a node tells of itself is true, on the side that dials and on the one that listens; and what is asked of either is done.
// FILESYNC_EDITS=200 for a long run of the first.
import assert from 'node:assert/strict'
import {lstatSync, renameSync, writeFileSync} from 'node:fs'
import type {NodeState} from '../../src/lib/node/status/node-state.js'
import {concurrently} from './support/concurrent.js'
import {day} from './support/dir.js'
import {type Device, type Pair, withPair} from './support/pair.js'
import {type Program, told, until} from './support/program.js'
import {noCounts, parseResult} from './support/result.js'
import {States} from './support/states.js'

const edits = Number(process.env['FILESYNC_EDITS'] ?? '6')

/** An edit shows as waiting at the latest so long after it was made, and never later than this after its round. */
const seenMs = 1000
const overMs = 1000
/** For so long after that the states are looked at. */
const lookMs = 400

async function withWatch(pair: Pair, body: (watch: Program) => Promise<void>): Promise<void> {
	const watch = pair.alpha.start('watch')
	await watch.line(/Connected to beta/)
	await body(watch)
	const outcome = await watch.stop()
	assert.equal(outcome.code, 0, told(outcome))
}

const showOf = ({at, pending, round, totals}: NodeState): string =>
	`${at}: ${JSON.stringify(pending)} ${round?.phase ?? 'no round'}, ${totals.syncs} syncs`

const isWaiting = ({pending}: NodeState): boolean => pending.changes > 0 || pending.checking
const isInSync = (state: NodeState): boolean => state.round === null && !isWaiting(state)

/** One edit on `from`, and what both sides said until it was at `to` and for a while after. */
async function carried(number: number, [from, to]: readonly [Device, Device], states: ReadonlyMap<Device, States>) {
	const path = number % 3 === 0 ? `d${number}/f` : `f${number % 4}`
	const syncs = new Map([...states].map(([device, {last}]) => [device, last?.totals.syncs ?? 0]))
	const editedMs = Date.now()
	from.dir.write(path, `edit ${number}`)
	await until(`${path} at ${to.name}`, () => to.dir.has(path) && to.dir.read(path) === `edit ${number}`)
	// When it took its name there: this process may look later.
	const arrivedMs = lstatSync(to.dir.at(path)).ctimeMs
	for (const [device, seen] of states) {
		const where = `edit ${number} from ${from.name}, as ${device.name} told:`
		const isOver = ({at, round, totals}: NodeState): boolean =>
			Date.parse(at) > arrivedMs && round === null && totals.syncs > (syncs.get(device) ?? 0)
		await until(`the round of ${where}`, () => seen.all.some(isOver))
		const over = seen.all.find(isOver)
		assert.ok(over !== undefined)
		const fromMs = Date.parse(over.at) + overMs
		await until('more states', () => Date.parse(seen.last?.at ?? '') > fromMs + lookMs)
		const late = seen.between(fromMs, fromMs + lookMs)
		assert.ok(late.length > 0)
		assert.deepEqual(late.filter(isWaiting).map(showOf), [], `${where} it waits after its round`)
		if (device !== from) continue
		const early = seen.between(editedMs + seenMs, arrivedMs - 200)
		assert.deepEqual(early.filter(isInSync).map(showOf), [], `${where} in sync, while it is not there yet`)
	}
}

const top = async (device: Device): Promise<NodeState> => {
	const outcome = await device.run('top', '--once', '--json')
	assert.equal(outcome.code, 0, told(outcome))
	return JSON.parse(outcome.stdout)
}

const badName = (dir: string) => Buffer.concat([Buffer.from(`${dir}/bad-`), Buffer.from([0xff])])
const times = (text: string, pattern: RegExp): number => [...text.matchAll(new RegExp(pattern, 'g'))].length

describe('e2e: live state', () => {
	before(function () {
		if (process.platform === 'win32') this.skip()
	})
	concurrently([
		{
			name: `${edits} edits in and out: neither side says that they wait after their round, nor in sync before it`,
			timeoutMs: 60_000 + edits * 5000,
			run: () =>
				withPair({name: 'truth', settings: {debounce_ms: 1500}}, (pair) =>
					withWatch(pair, async () => {
						const {alpha, beta} = pair
						const states = new Map([alpha, beta].map((device) => [device, new States(device)]))
						await until('a first state', () => [...states.values()].every(({last}) => last !== undefined))
						for (let number = 1; number <= edits; number++)
							await carried(number, number % 2 === 0 ? [alpha, beta] : [beta, alpha], states)
						for (const seen of states.values()) seen.close()
					}),
				),
		},
		{
			name: 'the listening side shows last sync, counts, conflicts and problems as the other does',
			run: () =>
				withPair({name: 'told'}, async ({alpha, beta, server}) => {
					alpha.dir.write('both', 'as it was', day(0)).write('more', 'x', day(0))
					await alpha.result(['sync'])
					const first = await top(beta)
					assert.deepEqual([first.totals.syncs, first.last_sync?.pulled, first.last_sync?.ok], [1, 2, true])
					alpha.dir.write('both', 'by alpha', day(1))
					beta.dir.write('both', 'by beta', day(2)).write('in', 'of beta', day(2))
					writeFileSync(badName(beta.dir.path), '')
					const {conflicts, problems} = await alpha.result(['sync'], 1)
					assert.deepEqual([conflicts.length, problems.length], [1, 1])
					const {copy = ''} = conflicts[0] ?? {}
					await server?.line(/conflict +both: this side keeps the name, the other is kept as both\.sync-conflict/)
					await server?.line(/Problem: bad-\\xff: .*UTF-8/)
					const second = await top(beta)
					assert.deepEqual(
						second.conflicts.map((conflict) => ({...conflict, at: ''})),
						[{at: '', path: 'both', copy, winner: 'local'}],
					)
					assert.deepEqual(
						second.problems.map(({path, side}) => [path, side]),
						[['bad-\\xff', 'local']],
					)
					const {last_sync: last, totals} = second
					assert.deepEqual([totals.syncs, last?.ok, last?.pushed, last?.conflicts], [2, false, 2, 1])
					const status = await beta.run('status', '--offline')
					assert.match(status.stdout, /conflict +both, .*kept as both\.sync-conflict/)
					// What is still so is no news; what is over is.
					await alpha.result(['sync'], 1)
					renameSync(badName(beta.dir.path), beta.dir.at('good'))
					await alpha.result(['sync'])
					await server?.line(/No problem any more: bad-\\xff/)
					assert.equal(times(server?.said ?? '', /Problem: bad-/), 1)
				}),
		},
		{
			name: 'sync, push and pull on the listening side run through the connection of the other',
			run: () =>
				withPair({name: 'asked', settings: {debounce_ms: 60_000}}, async (pair) => {
					const {alpha, beta} = pair
					const alone = await beta.run('sync', '--json')
					assert.equal(alone.code, 3, told(alone))
					assert.match(alone.stdout, /no device is connected to this node/)
					await withWatch(pair, async () => {
						// The first round of a connection comes by itself.
						await until('the first round', async () => (await top(beta)).totals.syncs > 0)
						alpha.dir.write('a', 'of alpha', day(0))
						beta.dir.write('b', 'of beta', day(0)).write('c', 'of beta', day(0))
						const dry = await beta.result(['sync', '--dry-run'])
						assert.deepEqual(dry.actions?.map(({action, path}) => `${action} ${path}`).sort(), [
							'pull a',
							'push b',
							'push c',
						])
						assert.ok(!beta.dir.has('a') && !alpha.dir.has('b'))
						const {pushed, pulled, peer, actions} = await beta.result(['push'])
						assert.deepEqual([pushed, pulled, peer.name, actions], [2, 0, 'alpha', undefined])
						assert.ok(alpha.dir.has('b') && !beta.dir.has('a'))
						const outcome = await beta.run('sync', '--json', '--verbose')
						assert.equal(outcome.code, 0, told(outcome))
						const {pushed: sent, pulled: got, actions: done} = parseResult(outcome.stdout)
						assert.deepEqual({...noCounts, pushed: sent, pulled: got}, {...noCounts, pulled: 1})
						assert.deepEqual(done, [{action: 'pull', path: 'a'}])
						pair.assertSame()
						const status = JSON.parse((await beta.run('status', '--json')).stdout)
						assert.deepEqual([status.ok, status.peer.name, status.pending.pulled], [true, 'alpha', 0])
						assert.match((await beta.run('sync')).stdout, /In sync with alpha/)
						// The leader's own safety stop reaches the side that asked.
						for (let i = 0; i < 60; i++) beta.dir.write(`many/${i}`, `${i}`, day(0))
						await beta.result(['sync'])
						beta.dir.rm('many')
						const stopped = await beta.run('sync', '--json')
						assert.equal(stopped.code, 5, told(stopped))
						assert.match(stopped.stdout, /on the peer: .*--allow-deletes/)
						assert.ok(alpha.dir.has('many/59'))
						await beta.result(['sync', '--allow-deletes'])
						assert.ok(!alpha.dir.has('many'))
					})
				}),
		},
		{
			name: 'a name that cannot be synced is a problem from the first moment, and is told once',
			run: () =>
				withPair({name: 'bad-name'}, (pair) =>
					withWatch(pair, async (watch) => {
						const {alpha} = pair
						alpha.dir.write('f', 'x', day(0))
						await until('f', () => pair.beta.dir.has('f'))
						writeFileSync(badName(alpha.dir.path), '')
						const {problems} = await alpha.result(['sync'], 1)
						assert.deepEqual(
							problems.map(({path}) => path),
							['bad-\\xff'],
						)
						await watch.line(/Problem: bad-\\xff/)
						for (let i = 0; i < 3; i++) {
							alpha.dir.write(`g${i}`, 'x')
							await alpha.result(['sync'], 1)
						}
						renameSync(badName(alpha.dir.path), alpha.dir.at('good'))
						await watch.line(/No problem any more: bad-\\xff/)
						assert.equal(times(watch.said, /Problem: bad-/), 1)
						assert.equal((await top(alpha)).log.filter(({text}) => text.startsWith('bad-')).length, 1)
						assert.deepEqual((await alpha.result(['sync'])).problems, [])
					}),
				),
		},
	])
})
