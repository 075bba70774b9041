// The users of the soak: they write, move and delete files on both sides, and know which contents must exist in the end.
// Before they replace or delete a file, they move it out of the folder, so that its content at that moment is known for sure.
import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {dirname, join, relative} from 'node:path'

const folders = ['', 'docs', 'docs/deep', 'src', 'src/lib/a', 'Büro 日本']
const names = ['a.txt', 'b.txt', 'report.md', 'x', 'naïve 😀.txt', 'data.bin']
/** Time for both sides to become equal after the last write (ms). */
const settleMs = 120_000

/** Lost contents that are listed one by one. */
const maxTold = 20

export class Writers {
	#graves
	#roots
	#chance
	#next = 1
	/** Content → where it was written first, and when. @type {Map<string, string>} */
	#due = new Map()
	#grave = 0
	#kept = 0
	#copies = 0

	/** @param {string} home @param {string[]} roots @param {import('./soak-chance.js').Chance} chance */
	constructor(home, roots, chance) {
		this.#graves = join(home, 'graves')
		mkdirSync(this.#graves)
		this.#roots = roots
		this.#chance = chance
	}

	/** One random action on one side. Returns the number of files changed. */
	step() {
		const root = this.#roots[this.#chance.below(2)] ?? ''
		const path = join(root, this.#chance.pick(folders) ?? '', this.#chance.pick(names) ?? '')
		const what = this.#chance.below(10)
		try {
			if (what < 6) return this.#write(path)
			if (what < 8) return this.#remove(path)
			return this.#move(path, join(root, this.#chance.pick(folders) ?? '', this.#chance.pick(names) ?? ''))
		} catch (error) {
			// The sync has just moved or replaced the file.
			if (['ENOENT', 'EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EISDIR'].includes(error.code)) return 0
			throw error
		}
	}

	/** @param {string} path */
	#write(path) {
		mkdirSync(dirname(path), {recursive: true})
		this.#bury(path)
		const content = `content ${this.#next++}\n${'.'.repeat(this.#chance.below(200) ** 2)}`
		writeFileSync(path, content, {flag: 'wx'})
		this.#due.set(firstLine(content), `${path}, ${new Date().toISOString()}`)
		return 1
	}

	/** @param {string} path */
	#remove(path) {
		if (!existsSync(path)) return 0
		this.#bury(path)
		return 1
	}

	/** @param {string} from @param {string} to */
	#move(from, to) {
		if (from === to || !existsSync(from) || existsSync(to)) return 0
		mkdirSync(dirname(to), {recursive: true})
		const between = join(this.#graves, 'moving')
		renameSync(from, between)
		try {
			// By a hard link: it fails if the name was taken meanwhile.
			writeFileSync(to, readFileSync(between), {flag: 'wx'})
		} catch (error) {
			this.#due.delete(firstLine(readFileSync(between, 'utf8')))
			rmSync(between)
			throw error
		}
		rmSync(between)
		return 1
	}

	/** Moves the file out of the folder; its content need not exist afterwards. @param {string} path */
	#bury(path) {
		if (!existsSync(path)) return
		const grave = join(this.#graves, String(this.#grave++))
		renameSync(path, grave)
		this.#due.delete(firstLine(readFileSync(grave, 'utf8')))
		rmSync(grave)
	}

	/** Waits until both sides are equal, then checks that all expected contents exist. Returns '' if they do. */
	async settle() {
		const endAt = performance.now() + settleMs
		for (;;) {
			const [here, there] = this.#roots.map(contents)
			const difference = compare(here, there)
			if (difference === '') break
			if (performance.now() > endAt) return `after ${settleMs / 1000} s of quiet ${difference}`
			await new Promise((resolve) => setTimeout(resolve, 200))
		}
		const found = new Set([...contents(this.#roots[0] ?? '').values()].map(firstLine))
		this.#copies = [...contents(this.#roots[0] ?? '').keys()].filter((path) => path.includes('.sync-conflict-')).length
		const lost = [...this.#due].filter(([content]) => !found.has(content))
		if (lost.length > 0) {
			const told = lost
				.slice(0, maxTold)
				.map(([content, at]) => `"${content}", written to ${at}; ${this.#trashed(content)}`)
			return `${lost.length} contents are lost: ${told.join('\n')}`
		}
		this.#kept = this.#due.size
		return ''
	}

	/** True if a content is in a side's trash: then a sync took it for an old one. @param {string} content */
	#trashed(content) {
		for (const root of this.#roots)
			for (const [path, text] of contents(join(root, '.filesync')))
				if (firstLine(text) === content) return `it lies in ${join(root, '.filesync', path)}`
		return 'no trash has it'
	}

	report() {
		return {written: this.#next - 1, kept: this.#kept, copies: this.#copies}
	}
}

/** @param {string} content */
const firstLine = (content) => content.slice(0, content.indexOf('\n'))

/** Path → content of all files below `root`, except FileSync's own. @param {string} root @returns {Map<string, string>} */
function contents(root) {
	const found = new Map()
	const walk = (/** @type {string} */ folder) => {
		for (const entry of readdirSync(folder, {withFileTypes: true})) {
			if (entry.name === '.filesync') continue
			const path = join(folder, entry.name)
			if (entry.isDirectory()) walk(path)
			else found.set(relative(root, path), readFileSync(path, 'utf8'))
		}
	}
	try {
		walk(root)
	} catch (error) {
		if (error.code !== 'ENOENT') throw error
	}
	return found
}

/** @param {Map<string, string> | undefined} here @param {Map<string, string> | undefined} there */
function compare(here = new Map(), there = new Map()) {
	for (const [path, content] of here) {
		const other = there.get(path)
		if (other === undefined) return `"${path}" is on one side only`
		if (other !== content) return `"${path}" differs`
	}
	for (const path of there.keys()) if (!here.has(path)) return `"${path}" is on the other side only`
	return ''
}
