// One sync's worth of changes of every kind on both sides, what both sides must hold afterwards, and what the side that made
// them changes again after a fault. Every content is unique and every mtime set, so that the outcome is one tree.
import {type Dir, day} from '../../e2e/support/dir.js'
import type {SideName} from '../../e2e/support/pair.js'
import {contentsOf} from './edit-history.js'

const kilobytes = (count: number, fill: string): Buffer => Buffer.alloc(count * 1024, `${fill} `)

/** Days of the mtimes: of the past, of the edits, and of the edits that come after the fault. */
const past = day(1)
const edited = day(10)
const older = day(5)
const newer = day(20)

const numbers = (count: number): number[] => Array.from({length: count}, (_, i) => i)

/** The state that both sides agree on before. */
function writePast(dir: Dir): void {
	for (const side of ['a', 'b']) {
		for (const i of numbers(10)) dir.write(`${side}/edit/${i}`, `${side} edit ${i}, past`, past)
		for (const i of numbers(6)) dir.write(`${side}/gone/${i}`, `${side} gone ${i}`, past)
		for (const i of numbers(6)) dir.write(`${side}/move/${i}`, `${side} move ${i}`, past)
		for (const i of numbers(4)) dir.write(`${side}/tree/${i}`, `${side} tree ${i}`, past)
		for (const i of numbers(3)) dir.write(`${side}/dead/deep/${i}`, `${side} dead ${i}`, past)
		dir.mkdir(`${side}/empty`, 0o755)
		dir.write(`${side}/to-folder`, `${side} file that becomes a folder`, past)
		dir.write(`${side}/to-file/inner`, `${side} folder that becomes a file`, past)
		dir.write(`${side}/to-link`, `${side} file that becomes a link`, past)
		dir.link(`${side}/link`, 'old-target', past).link(`${side}/link-gone`, 'target', past)
		dir.write(`${side}/mode`, `${side} mode`, past).write(`${side}/touch`, `${side} touch`, past)
		dir.write(`${side}/unreadable`, `${side} unreadable`, past)
		dir.mkdir(`${side}/mode-folder`, 0o755)
		dir.write(`${side}/left`, `${side} left`, past).write(`${side}/right`, `${side} right`, past)
	}
	for (const i of numbers(6)) dir.write(`both/${i}`, `both ${i}, past`, past)
	for (const i of numbers(4)) dir.write(`mixed/${i}`, `mixed ${i}, past`, past)
	dir.write('mixed/gone', 'mixed gone', past)
}

/** What one side alone changes. `s`: a or b. */
function change(dir: Dir, s: string): void {
	for (const i of numbers(12)) dir.write(`${s}/new/${i}`, `${s} new ${i}`, edited)
	for (const i of numbers(8)) dir.write(`${s}/edit/${i}`, `${s} edit ${i}, again`, edited)
	dir.rm(...numbers(5).map((i) => `${s}/gone/${i}`))
	for (const i of numbers(5)) dir.mv(`${s}/move/${i}`, `${s}/moved/${i}`)
	dir.mv(`${s}/tree`, `${s}/tree-moved`).rm(`${s}/dead`, `${s}/empty`).mkdir(`${s}/empty-new`, 0o755)
	for (const i of numbers(3)) dir.write(`${s}/fresh/deep/${i}`, `${s} fresh ${i}`, edited)
	dir.rm(`${s}/to-folder`).write(`${s}/to-folder/inner`, `${s} folder that was a file`, edited)
	dir.rm(`${s}/to-file`).write(`${s}/to-file`, `${s} file that was a folder`, edited)
	dir.rm(`${s}/to-link`).link(`${s}/to-link`, 'edit/9', edited)
	dir.rm(`${s}/link`, `${s}/link-gone`).link(`${s}/link`, 'new-target', edited)
	dir.link(`${s}/link-new`, 'new-target', edited)
	dir.chmod(`${s}/mode`, 0o640).chmod(`${s}/mode-folder`, 0o750).touch(`${s}/touch`, edited)
	// Only root reads it then; for any other user it would be a problem.
	dir.chmod(`${s}/unreadable`, process.getuid?.() === 0 ? 0 : 0o400)
	dir.mv(`${s}/left`, `${s}/swap`).mv(`${s}/right`, `${s}/left`).mv(`${s}/swap`, `${s}/right`)
	if (s === 'a') dir.write('a/large', kilobytes(2048, 'a large'), edited)
}

/** What the side that made the changes does with them after the fault: what is placed at the other side must not win over it. */
function changeAgain(dir: Dir, s: string): void {
	for (const kind of ['new', 'edit']) {
		dir.rm(`${s}/${kind}/0`).mv(`${s}/${kind}/1`, `${s}/${kind}/renamed`)
		dir.write(`${s}/${kind}/2`, `${s} ${kind} 2, with an older time`, older)
		dir.write(`${s}/${kind}/3`, `${s} ${kind} 3, with a newer time`, newer)
	}
	dir.rm(`${s}/moved/0`).mv(`${s}/moved/1`, `${s}/move/1`).write(`${s}/moved/2`, `${s} moved 2, older`, older)
	dir.mv(`${s}/fresh/deep`, `${s}/fresh/shallow`).rm(`${s}/link-new`).chmod(`${s}/mode`, 0o600)
	dir.rm(`${s}/tree-moved`, `${s}/to-file`)
}

/** The content that loses at `path`, of a conflict. */
export interface Loser {
	readonly path: string
	readonly content: string
}

/** Edits of one file on both sides: [of alpha, of beta, which of them keeps the name]. */
function conflicts(): readonly (readonly [string, string, string, SideName])[] {
	const rows: [string, string, string, SideName][] = []
	for (const i of numbers(8)) {
		// The last two are new on both sides.
		const path = i < 6 ? `both/${i}` : `both/new-${i}`
		rows.push([path, `both ${i} at alpha`, `both ${i} at beta`, i % 2 === 0 ? 'alpha' : 'beta'])
	}
	return rows
}

/** The fixture on a pair's folders, with a third folder that holds what must come out of it. */
export class Fixture {
	readonly expected: Dir
	readonly losers: readonly Loser[]
	/** Paths that a side deleted or renamed, and nobody made again. */
	get removed(): ReadonlySet<string> {
		const there = new Set(Object.keys(this.expected.tree))
		return new Set([...this.#held].filter((path) => !there.has(path)))
	}
	readonly #sides: Readonly<Record<SideName, Dir>>
	readonly #held = new Set<string>()
	/** File contents that each side held before the sync under test, without those that its own user replaced since. */
	readonly #owed: Readonly<Record<SideName, Set<string>>> = {alpha: new Set(), beta: new Set()}

	/** `expected`: an empty folder. */
	constructor(alpha: Dir, beta: Dir, expected: Dir) {
		this.#sides = {alpha, beta}
		this.expected = expected
		this.losers = conflicts().map(([path, alphas, betas, winner]) => ({
			path,
			content: winner === 'alpha' ? betas : alphas,
		}))
	}

	/** To be synced before `change`. */
	begin(): void {
		this.#on('alpha', writePast)
	}

	/** The changes that the sync under test carries. */
	change(): void {
		this.#on('alpha', (dir) => change(dir, 'a'))
		this.#on('beta', (dir) => change(dir, 'b'))
		for (const [path, alphas, betas, winner] of conflicts()) {
			const newest = edited + 1000
			this.#sides.alpha.write(path, alphas, winner === 'alpha' ? newest : edited)
			this.#sides.beta.write(path, betas, winner === 'beta' ? newest : edited)
			this.expected.write(path, winner === 'alpha' ? alphas : betas, newest)
		}
		// Edited on one side and deleted on the other: the edit stays.
		for (const [i, editor, remover] of [
			[0, 'alpha', 'beta'],
			[1, 'beta', 'alpha'],
		] as const) {
			this.#on(editor, (dir) => dir.write(`mixed/${i}`, `mixed ${i} at ${editor}`, edited))
			this.#sides[remover].rm(`mixed/${i}`)
		}
		this.#on('alpha', (dir) => dir.rm('mixed/gone'))
		this.#sides.beta.rm('mixed/gone')
		// The same on both sides.
		this.#on('alpha', (dir) => dir.write('mixed/2', 'mixed 2, the same', edited))
		this.#sides.beta.write('mixed/2', 'mixed 2, the same', edited)
		for (const side of ['alpha', 'beta'] as const)
			for (const content of this.#visible(side)) this.#owed[side].add(content)
	}

	/** What the sides do between the fault and the next sync. */
	changeAgain(): void {
		for (const [side, s] of [
			['alpha', 'a'],
			['beta', 'b'],
		] as const) {
			const before = this.#visible(side)
			this.#on(side, (dir) => changeAgain(dir, s))
			const after = this.#visible(side)
			for (const content of before) if (!after.has(content)) this.#owed[side].delete(content)
		}
	}

	/** Contents that a side held, that its user did not remove, and that stand nowhere in its folder any more, trash included. */
	lost(side: SideName): readonly string[] {
		const kept = new Set(contentsOf(this.#sides[side].path, true).values())
		return [...this.#owed[side]].filter((content) => !kept.has(content))
	}

	#visible(side: SideName): ReadonlySet<string> {
		return new Set(contentsOf(this.#sides[side].path, false).values())
	}

	/** Does it on one side and in what is expected. */
	#on(side: SideName, act: (dir: Dir) => void): void {
		for (const path of Object.keys(this.expected.tree)) this.#held.add(path)
		act(this.#sides[side])
		act(this.expected)
		for (const path of Object.keys(this.expected.tree)) this.#held.add(path)
	}
}
