// Rows of the two-way rules: many small scenarios share one pair of folders, each in a sub-folder of its own, so that
// a handful of program starts checks them all, once led by either side.
import assert from 'node:assert/strict'
import {inTurn} from './concurrent.js'
import {Dir, type Tree} from './dir.js'
import {Pair} from './pair.js'
import {type Action, type Counts, countsOf, noCounts, type SyncResult} from './result.js'

type Edit = (dir: Dir) => void

export interface Row {
	readonly name: string
	/** Made at alpha and synced before the edits: the common past. */
	readonly past?: Edit
	/** Edits at alpha and beta after that. */
	readonly alpha?: Edit
	readonly beta?: Edit
	/** What both sides hold in the end. */
	readonly expect: Tree | ((dir: Dir) => void)
	/** As alpha counts: pushed is what went to beta. Names not given are 0. */
	readonly counts?: Partial<Counts>
	/** Paths with a conflict, and the side that keeps the name. */
	readonly conflicts?: Readonly<Record<string, 'alpha' | 'beta'>>
}

/** How all rows went, with one side leading. */
interface Passed {
	readonly pair: Pair
	readonly leader: 'alpha' | 'beta'
	readonly dryRun: SyncResult
	readonly result: SyncResult
	readonly again: SyncResult
}

const folderOf = (index: number): string => `row${String(index).padStart(3, '0')}`

async function pass(rows: readonly Row[], leader: Passed['leader']): Promise<Passed> {
	const settings = {max_delete_percent: 100, max_concurrency: leader === 'beta' ? 3 : 1}
	const pair = new Pair({name: `rules-${leader}`, settings})
	const lead = pair[leader]
	for (const device of [pair.alpha, pair.beta])
		for (const index of rows.keys()) device.dir.mkdir(folderOf(index), 0o755)
	for (const [index, row] of rows.entries()) row.past?.(new Dir(pair.alpha.dir.at(folderOf(index))))
	await pair.serve(leader === 'alpha' ? pair.beta : pair.alpha)
	return pair.during(async () => {
		if (rows.some(({past}) => past !== undefined)) {
			await lead.result(['sync'])
			pair.assertSame('after the first sync')
		}
		for (const [index, row] of rows.entries())
			for (const side of ['alpha', 'beta'] as const) row[side]?.(new Dir(pair[side].dir.at(folderOf(index))))
		pair.own()
		const before = [pair.alpha.dir.replica, pair.beta.dir.replica]
		const dryRun = await lead.result(['sync', '--dry-run', '--verbose'])
		assert.deepEqual([pair.alpha.dir.replica, pair.beta.dir.replica], before, 'a dry run changes nothing')
		const result = await lead.result(['sync', '--verbose'])
		const again = await lead.result(['sync', '--verbose'])
		return {pair, leader, dryRun, result, again}
	})
}

/** A leader's own words, told from alpha's side. */
function fromAlpha(side: 'local' | 'remote', leader: Passed['leader']): 'alpha' | 'beta' {
	return (side === 'local') === (leader === 'alpha') ? 'alpha' : 'beta'
}

function countsFromAlpha(actions: readonly Action[], leader: Passed['leader']): Counts {
	const counts = {...noCounts}
	const swap = leader === 'beta'
	for (const {action} of actions) {
		if (action === 'push') counts[swap ? 'pulled' : 'pushed']++
		else if (action === 'pull') counts[swap ? 'pushed' : 'pulled']++
		else if (action === 'delete_local') counts[swap ? 'deleted_remote' : 'deleted_local']++
		else if (action === 'delete_remote') counts[swap ? 'deleted_local' : 'deleted_remote']++
		else if (action.startsWith('rename_')) counts.renamed++
		else if (action.startsWith('metadata_')) counts.metadata++
		else assert.equal(action, 'conflict')
	}
	return counts
}

function check(row: Row, index: number, {pair, leader, result, dryRun, again}: Passed): void {
	const prefix = `${folderOf(index)}/`
	const own = <T extends {path: string}>(list: readonly T[]): T[] => list.filter(({path}) => path.startsWith(prefix))
	const dirs = [pair.alpha, pair.beta].map((device) => ({device, dir: new Dir(device.dir.at(folderOf(index)))}))
	const [alpha, beta] = dirs
	assert.ok(alpha !== undefined && beta !== undefined)
	for (const {dir, device} of dirs) {
		if (typeof row.expect === 'function') row.expect(dir)
		else assert.deepEqual({[device.name]: dir.tree}, {[device.name]: row.expect})
	}
	assert.deepEqual(alpha.dir.replica, beta.dir.replica, 'both sides hold the same')
	const actions = own(result.actions ?? [])
	assert.deepEqual(countsFromAlpha(actions, leader), {...noCounts, ...row.counts}, JSON.stringify(actions, null, 1))
	assert.deepEqual(own(dryRun.actions ?? []), actions, 'a dry run shows what the real run does')
	const conflicts = own(result.conflicts)
	const settled = conflicts.map(({path, winner}) => [path.slice(prefix.length), fromAlpha(winner, leader)])
	assert.deepEqual(Object.fromEntries(settled), row.conflicts ?? {})
	for (const {copy} of conflicts) for (const {device} of dirs) assert.ok(device.dir.has(copy), `${copy} stands`)
	assert.deepEqual(own(result.problems), [])
	assert.deepEqual(own(again.actions ?? []), [], 'a second run does nothing')
}

/** Defines the tests of all groups: every row with alpha leading, and with beta leading (at another concurrency). */
export function scenarios(groups: Readonly<Record<string, readonly Row[]>>): void {
	const rows = Object.values(groups).flat()
	for (const leader of ['alpha', 'beta'] as const) {
		const passing = inTurn(() => pass(rows, leader))
		describe(`led by ${leader}`, () => {
			let passed: Passed
			before(async function () {
				this.timeout(90_000)
				passed = await passing()
			})
			for (const [title, group] of Object.entries(groups))
				describe(title, () => {
					for (const row of group) it(row.name, () => check(row, rows.indexOf(row), passed))
				})
			it('counts are the sums of the actions, and a second run does and moves nothing', () => {
				const {result, again} = passed
				assert.deepEqual(countsOf(result), countsFromAlpha(result.actions ?? [], 'alpha'))
				assert.deepEqual(countsOf(again), noCounts)
				assert.deepEqual(again.conflicts, [])
				assert.ok(
					again.bytes_sent + again.bytes_received < 20_000,
					`${again.bytes_sent} + ${again.bytes_received} bytes`,
				)
			})
		})
	}
}
