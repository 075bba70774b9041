// One round of everyday edits on both sides, numbered so that it can be repeated on the same pair, and what must be true after it.
import assert from 'node:assert/strict'
import {lstatSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {type Dir, day} from '../../e2e/support/dir.js'
import type {Pair} from '../../e2e/support/pair.js'

/** Large enough to travel in pieces. */
const big = (tag: string): Buffer => Buffer.alloc(700_000, `${tag} `)

/** What `act` gives; undefined when the path it asks for has gone, or is no folder any more. */
function unlessGone<T>(act: () => T): T | undefined {
	try {
		return act()
	} catch (error) {
		if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
			return undefined
		throw error
	}
}

/**
 * All file contents below a folder, with `.filesync` or without. A node may be at work in the folder: what it renames
 * or removes between the listing and the reading is left out.
 */
export function contentsOf(
	root: string,
	own: boolean,
	found = new Map<string, string>(),
	below = '',
): Map<string, string> {
	for (const name of unlessGone(() => readdirSync(join(root, below))) ?? []) {
		const path = below === '' ? name : `${below}/${name}`
		if (path === '.filesync' && !own) continue
		const stats = unlessGone(() => lstatSync(join(root, path)))
		if (stats?.isDirectory()) contentsOf(root, own, found, path)
		else if (stats?.isFile()) {
			const content = unlessGone(() => readFileSync(join(root, path), 'latin1'))
			if (content !== undefined) found.set(path, content)
		}
	}
	return found
}

export class EditHistory {
	readonly pair: Pair
	/** Every content that any visible file may have. */
	readonly #whole = new Set<string>()
	/** What each side held before a sync that could be lost by it. */
	#before: {readonly dir: Dir; readonly contents: ReadonlySet<string>}[] = []
	#expected: Readonly<Record<string, string>> = {}
	#loser = ''

	constructor(pair: Pair) {
		this.pair = pair
	}

	/** The common past. */
	begin(): void {
		const {dir} = this.pair.alpha
		for (let i = 0; i < 6; i++) dir.write(`same/${i}.txt`, `same ${i}`)
		dir.write('edited.txt', 'edited 0').write('theirs.txt', 'theirs 0').write('both.txt', 'both 0')
		dir
			.write('moved-0.txt', 'moved content')
			.write('gone-0.txt', 'gone 0')
			.write('left.txt', 'left 0')
			.write('right.txt', 'right 0')
		dir
			.write('tree-0/deep/leaf.txt', 'leaf of the tree')
			.write('shape-0/inner.txt', 'inner 0')
			.write('big.bin', big('0'))
	}

	/** Edits of round `n`, from 1. */
	edit(n: number): void {
		const {alpha, beta} = this.pair
		const past = n - 1
		const a = alpha.dir
		const b = beta.dir
		a.write('edited.txt', `edited ${n}`)
			.write(`new-${n}.txt`, `new ${n}`)
			.write('big.bin', big(String(n)))
		a.mv(`moved-${past}.txt`, `moved-${n}.txt`).rm(`gone-${past}.txt`).write(`gone-${n}.txt`, `gone ${n}`)
		a.mv(`tree-${past}`, `tree-${n}`)
		// A folder becomes a file, and a new folder takes its part.
		a.rm(`shape-${past}`).write(`shape-${past}`, `shape ${n}`).write(`shape-${n}/inner.txt`, `inner ${n}`)
		// Two names change places.
		a.mv('left.txt', 'swap').mv('right.txt', 'left.txt').mv('swap', 'right.txt')
		for (let i = 0; i < 10; i++) a.write(`many-${n}/${i}.txt`, `many ${n} ${i}`)
		b.write('theirs.txt', `theirs ${n}`).write(`from-beta-${n}.txt`, `from beta ${n}`)
		a.write('both.txt', `both at alpha ${n}`, day(2 * n))
		b.write('both.txt', `both at beta ${n}, the winner`, day(2 * n + 1))
		this.#loser = `both at alpha ${n}`
		this.#before = [a, b].map((dir) => {
			const contents = new Set(contentsOf(dir.path, false).values())
			return {dir, contents}
		})
		for (const {contents} of this.#before) for (const content of contents) this.#whole.add(content)
		const expected: Record<string, string> = {
			...Object.fromEntries(contentsOf(a.path, false)),
			'theirs.txt': `theirs ${n}`,
			[`from-beta-${n}.txt`]: `from beta ${n}`,
			'both.txt': `both at beta ${n}, the winner`,
		}
		this.#expected = expected
	}

	/** At any moment: every visible file is a whole old or new one. */
	assertWhole(): void {
		for (const {dir} of [this.pair.alpha, this.pair.beta])
			for (const [path, content] of contentsOf(dir.path, false))
				assert.ok(this.#whole.has(content), `${dir.path}/${path} is half: ${content.length} bytes`)
	}

	/** After the sync that repaired all: both sides are as they should be, and nothing is lost. */
	assertSettled(): void {
		this.pair.assertSame()
		const held = contentsOf(this.pair.alpha.dir.path, false)
		for (const [path, content] of Object.entries(this.#expected)) assert.equal(held.get(path), content, path)
		const extra = [...held].filter(([path]) => !(path in this.#expected))
		for (const [path, content] of extra) {
			assert.match(path, /^both\.sync-conflict-/, `${path} is new`)
			assert.match(content, /^both at alpha/, 'a conflict copy of equal bytes')
		}
		assert.ok(
			extra.some(([, content]) => content === this.#loser),
			'the loser is kept',
		)
		for (const {dir, contents} of this.#before) {
			const all = new Set(contentsOf(dir.path, true).values())
			for (const content of contents) assert.ok(all.has(content), `${dir.path} lost "${content.slice(0, 40)}"`)
		}
	}

	/** Conflict copies of one round that hold the same content. */
	get twins(): number {
		const copies = [...contentsOf(this.pair.alpha.dir.path, false)].filter(([path]) => path.includes('.sync-conflict-'))
		return copies.length - new Set(copies.map(([, content]) => content)).size
	}
}
