// Changes that two people make to the same tree on both sides between two syncs, and the expected result.
// Changes only the two given folders, and makes the same changes in every run on the same tree.
import {
	chmodSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	unlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs'
import {dirname, join} from 'node:path'
import {sha256} from './demo-look.js'

/** @typedef {import('./demo-look.js').Snapshot} Snapshot */
/** @typedef {import('./demo-look.js').Seen} Seen */
/** @typedef {'laptop' | 'phone'} Side */
/** @typedef {{edited: number, created: number, deleted: number, renamed: {from: string, to: string, files: number, bytes: number}[]}} Done */
/** @typedef {{path: string, winner: Side, loser: Side, lost: string}} Clash `lost`: SHA-256 of the content that does not keep the name */

const sides = /** @type {const} */ (['laptop', 'phone'])
const canLink = process.platform !== 'win32'

/** Number of files of each kind. */
const amounts = {edits: 20, deletions: 15, clashes: 6, editedAndDeleted: 2, created: 5}

/** @param {Side} side @returns {Side} */
const other = (side) => (side === 'laptop' ? 'phone' : 'laptop')

/** Folders directly below `modules/` with their content, largest first. @param {Snapshot} seen */
function packagesOf(seen) {
	/** @type {Map<string, {path: string, files: number, bytes: number}>} */
	const packages = new Map()
	for (const [path, {kind, size}] of seen) {
		const [top, name, rest] = path.split('/', 3)
		if (top !== 'modules' || name === undefined || rest === undefined || kind !== 'file') continue
		const key = `${top}/${name}`
		const entry = packages.get(key) ?? {path: key, files: 0, bytes: 0}
		packages.set(key, {path: key, files: entry.files + 1, bytes: entry.bytes + size})
	}
	return [...packages.values()].sort((a, b) => b.bytes - a.bytes)
}

/** Changes both folders, which must equal `before`, and records how both must be after a sync. */
export class Changes {
	/** Without the conflict copies, whose names the sync chooses. @type {Snapshot} */
	expected
	/** @type {Record<Side, Done>} */
	done = {
		laptop: {edited: 0, created: 0, deleted: 0, renamed: []},
		phone: {edited: 0, created: 0, deleted: 0, renamed: []},
	}
	/** @type {Clash[]} */
	clashes = []
	/** Edited on one side and deleted on the other. @type {string[]} */
	survivors = []
	/** Paths that must be nowhere afterwards. @type {string[]} */
	gone = []
	/** Bytes of content and number of entries that must be sent. */
	due = {bytes: 0, entries: 0}
	/** @type {Record<Side, string>} */
	#roots
	/** Files to choose from, in an order that only looks like chance. @type {string[]} */
	#pool
	#nowSec

	/** @param {Record<Side, string>} roots @param {Snapshot} before @param {number} nowMs */
	constructor(roots, before, nowMs) {
		this.#roots = roots
		this.expected = new Map(before)
		this.#nowSec = Math.floor(nowMs / 1000)
		const [first, second, ...rest] = packagesOf(before)
		const small = rest.find(({files}) => files >= 5 && files <= 60)
		if (first === undefined || second === undefined || small === undefined)
			throw new Error('too few packages in the tree')
		const apart = [first, second, small].map(({path}) => `${path}/`)
		this.#pool = [...before]
			.filter(
				([path, {kind, size}]) =>
					kind === 'file' && size >= 100 && size <= 20_000 && !apart.some((top) => path.startsWith(top)),
			)
			.map(([path]) => ({path, key: sha256(path)}))
			.sort((a, b) => (a.key < b.key ? -1 : 1))
			.map(({path}) => path)
		this.#rename('laptop', first)
		this.#rename('phone', second)
		this.#deleteFolder('phone', small.path)
		for (const side of sides) {
			for (const path of this.#take(amounts.edits)) this.#edit(side, path)
			for (const path of this.#take(amounts.deletions)) this.#delete(side, path)
			for (const path of this.#take(amounts.editedAndDeleted)) this.#editAndDelete(side, path)
			this.#create(side)
		}
		for (const [i, path] of this.#take(amounts.clashes).entries()) this.#clash(path, i % 2 === 0 ? 'laptop' : 'phone')
		this.#sameOnBoth()
	}

	/** Adds the names of conflict copies to the expected result. @param {readonly {path: string, copy: string}[]} conflicts */
	expectCopies(conflicts) {
		for (const {path, lost} of this.clashes) {
			const copy = conflicts.find((conflict) => conflict.path === path)?.copy
			const kept = this.expected.get(path)
			if (copy !== undefined && kept !== undefined) this.expected.set(copy, {...kept, content: lost})
		}
	}

	/** @param {number} count */
	#take(count) {
		const taken = this.#pool.splice(0, count)
		if (taken.length < count) throw new Error('too few small files in the tree')
		return taken
	}

	/** @param {Side} side @param {string} path @param {string | Uint8Array} content @param {number} ageSec */
	#write(side, path, content, ageSec) {
		const full = join(this.#roots[side], path)
		mkdirSync(dirname(full), {recursive: true})
		writeFileSync(full, content)
		utimesSync(full, this.#nowSec - ageSec, this.#nowSec - ageSec)
		this.due.bytes += content.length
		this.due.entries++
	}

	/** @param {string} path @param {string | Uint8Array} content */
	#expect(path, content) {
		const mode = this.expected.get(path)?.mode ?? (canLink ? 0o644 : 0)
		this.expected.set(path, {kind: 'file', content: sha256(content), mode, mtime: 0, size: content.length, names: 1})
	}

	/** @param {Side} side @param {string} path @param {string} line */
	#edited(side, path, line) {
		return Buffer.concat([readFileSync(join(this.#roots[side], path)), Buffer.from(`\n${line}\n`)])
	}

	/** @param {Side} side @param {string} path */
	#edit(side, path) {
		const content = this.#edited(side, path, `edited on the ${side}`)
		this.#write(side, path, content, 60)
		this.#expect(path, content)
		this.done[side].edited++
	}

	/** @param {Side} side @param {string} path */
	#delete(side, path) {
		unlinkSync(join(this.#roots[side], path))
		this.expected.delete(path)
		this.gone.push(path)
		this.due.entries++
		this.done[side].deleted++
	}

	/** @param {Side} side @param {string} folder */
	#deleteFolder(side, folder) {
		rmSync(join(this.#roots[side], folder), {recursive: true})
		for (const [path, {kind}] of [...this.expected]) {
			if (path !== folder && !path.startsWith(`${folder}/`)) continue
			this.expected.delete(path)
			this.gone.push(path)
			this.due.entries++
			if (kind === 'file') this.done[side].deleted++
		}
	}

	/** Edited on one side, deleted on the other: the edit must win, without a conflict copy. @param {Side} side @param {string} path */
	#editAndDelete(side, path) {
		this.#edit(side, path)
		unlinkSync(join(this.#roots[other(side)], path))
		this.survivors.push(path)
		this.done[other(side)].deleted++
	}

	/** @param {Side} side @param {{path: string, files: number, bytes: number}} folder */
	#rename(side, {path: from, files, bytes}) {
		const to = `${from}-renamed`
		renameSync(join(this.#roots[side], from), join(this.#roots[side], to))
		for (const [path, seen] of [...this.expected]) {
			if (path !== from && !path.startsWith(`${from}/`)) continue
			this.expected.delete(path)
			this.expected.set(to + path.slice(from.length), seen)
			this.gone.push(path)
			this.due.entries += 2
		}
		this.done[side].renamed.push({from, to, files, bytes})
	}

	/** New files in a new folder, an empty folder, a link, and one file with other permissions. @param {Side} side */
	#create(side) {
		const root = this.#roots[side]
		const folder = `new on the ${side}`
		for (let i = 1; i <= amounts.created; i++) {
			const path = `${folder}/näme ${i}.txt`
			const content = `file ${i}, made on the ${side}\n`.repeat(100 * i)
			this.#write(side, path, content, 30)
			if (canLink) chmodSync(join(root, path), 0o644)
			this.#expect(path, content)
			this.done[side].created++
		}
		mkdirSync(join(root, folder, 'empty'))
		for (const path of [folder, `${folder}/empty`]) {
			if (canLink) chmodSync(join(root, path), 0o755)
			this.expected.set(path, {kind: 'dir', content: '', mode: canLink ? 0o755 : 0, mtime: 0, size: 0, names: 1})
		}
		if (!canLink) return
		symlinkSync('näme 1.txt', join(root, folder, 'link'))
		this.expected.set(`${folder}/link`, {kind: 'link', content: 'näme 1.txt', mode: 0, mtime: 0, size: 0, names: 1})
		const [path = ''] = this.#take(1)
		chmodSync(join(root, path), 0o750)
		const seen = this.expected.get(path)
		if (seen !== undefined) this.expected.set(path, {...seen, mode: 0o750})
		this.due.entries += 4
	}

	/** Both sides edit the same file differently, `winner` a minute later. @param {string} path @param {Side} winner */
	#clash(path, winner) {
		const loser = other(winner)
		const kept = this.#edited(winner, path, `the ${winner} was here, later`)
		const lost = this.#edited(loser, path, `the ${loser} was here, earlier`)
		this.#write(loser, path, lost, 180)
		this.#write(winner, path, kept, 120)
		this.#expect(path, kept)
		this.clashes.push({path, winner, loser, lost: sha256(lost)})
	}

	/** Both sides make the same new file: no conflict. */
	#sameOnBoth() {
		const content = 'both wrote this\n'
		for (const side of sides) {
			this.#write(side, 'same on both.txt', content, 30)
			if (canLink) chmodSync(join(this.#roots[side], 'same on both.txt'), 0o644)
		}
		this.#expect('same on both.txt', content)
	}
}
