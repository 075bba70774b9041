// The model's disk with a real folder below it: the same edits and the same questions, answered by lstat and read.
// Contents have names: a file of content `c7` holds `c7` and dots up to its size, so that a torn or mixed content shows.
import {
	chmodSync,
	type Dirent,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	renameSync,
	rmdirSync,
	type Stats,
	symlinkSync,
	unlinkSync,
	writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {microseconds} from '../../../src/lib/core/folder/observe.js'
import type {RelPath} from '../../../src/lib/core/paths.js'
import {setMtime, setMtimeOfLink} from '../../../src/lib/tree/disk/times.js'
import {Disk, type Look, type Node, rel} from '../../core/model/disk.js'

/** Names of the model and what they are called on disk. One that is not here has the same name there. */
const oddNames: ReadonlyMap<string, string> = new Map([
	['b', 'u\u0308 b'],
	['c.txt', '-rf [x]*\n.txt'],
	['a-', '\u{1F4C1}\u001b[31m'],
	['.d', '__proto__'],
])

/** Above this size a content travels alone, in pieces. */
const largeBytes = 300_000

/** The model's nominal sizes as bytes; a size that a real file had stands. */
const bytesOf = (size: number, hasLarge: boolean): number =>
	size === 0 ? 0 : size > 10 ? size : size === 4 && hasLarge ? largeBytes : 12 + size

/** The content's name; what is not whole is given back as it is. */
function nameIn(body: string): string {
	const name = body.slice(0, body.includes('.') ? body.indexOf('.') : undefined)
	return body === name.padEnd(body.length, '.') && name.length <= 15 ? name : `torn:${body.slice(0, 80)}:${body.length}`
}

export interface FolderOptions {
	readonly odd: boolean
	readonly hasLarge: boolean
	/** Files get the mtime that the system gives them, not the one the history says. */
	readonly isNatural: boolean
}

export class FolderDisk extends Disk {
	readonly root: string
	readonly #options: FolderOptions
	readonly #modelNames: ReadonlyMap<string, string>
	#writes = 0

	constructor(root: string, options: FolderOptions) {
		super()
		this.root = root
		this.#options = options
		this.#modelNames = new Map(options.odd ? [...oddNames].map(([model, real]) => [real, model]) : [])
	}

	/** The path on disk, relative to the root. */
	real(path: string): string {
		if (!this.#options.odd) return path
		return path
			.split('/')
			.map((name) => oddNames.get(name) ?? name)
			.join('/')
	}

	/** The path of the model for one of the disk. */
	model(path: string): RelPath {
		return rel(
			path
				.split('/')
				.map((name) => this.#modelNames.get(name) ?? name)
				.join('/'),
		)
	}

	/** Takes in what stands on disk now. */
	refresh(): this {
		this.nodes.clear()
		const walk = (folder: string, prefix: string): void => {
			for (const entry of readdirSync(folder, {withFileTypes: true})) {
				if (prefix === '' && entry.name === '.filesync') continue
				const path = `${prefix}${this.#modelNames.get(entry.name) ?? entry.name}`
				this.nodes.set(rel(path), nodeAt(join(folder, entry.name), entry))
				if (entry.isDirectory()) walk(join(folder, entry.name), `${path}/`)
			}
		}
		walk(this.root, '')
		return this
	}

	override put(path: RelPath, look: Look): void {
		const old = this.at(path)
		super.put(path, look)
		const at = this.#at(path)
		if (look.kind === 'dir') {
			if (old === undefined) mkdirSync(at)
			chmodSync(at, look.mode)
			return
		}
		if (look.kind === 'symlink') {
			if (old !== undefined) unlinkSync(at)
			symlinkSync(look.content, at)
			if (!this.#options.isNatural) setMtimeOfLink(at, look.mtime)
			return
		}
		const body = look.content.padEnd(bytesOf(look.size, this.#options.hasLarge), '.')
		// Half of the programs write in place, the other half write a new file and rename it.
		if (old?.kind === 'file' && this.#writes++ % 2 === 0) {
			this.#overwrite(at, body, this.#options.isNatural ? null : look.mtime)
			chmodSync(at, look.mode)
			return
		}
		const beside = join(this.root, '.filesync-test-new')
		writeFileSync(beside, body)
		chmodSync(beside, look.mode)
		if (!this.#options.isNatural) setMtime(beside, look.mtime)
		renameSync(beside, at)
	}

	override change(path: RelPath, look: Partial<Look>): void {
		const old = this.at(path)
		super.change(path, look)
		const at = this.#at(path)
		if (look.mode !== undefined) chmodSync(at, old?.kind === 'dir' ? look.mode | 0o700 : look.mode)
		if (look.content !== undefined) {
			// A restored mtime is the history's word also where the system gives the others.
			const isHidden = look.mtime === old?.mtime
			this.#overwrite(
				at,
				look.content.padEnd(old?.size ?? 0, '.'),
				this.#options.isNatural && !isHidden ? null : (look.mtime ?? null),
			)
		} else if (look.mtime !== undefined) setMtimeOfLink(at, look.mtime)
	}

	override remove(path: RelPath): Node {
		const old = super.remove(path)
		if (old.kind === 'dir') rmdirSync(this.#at(path))
		else unlinkSync(this.#at(path))
		return old
	}

	override move(from: RelPath, to: RelPath): void {
		super.move(from, to)
		renameSync(this.#at(from), this.#at(to))
	}

	/** Two files change places, by renames as a user does it. */
	swap(one: RelPath, other: RelPath): void {
		const beside = join(this.root, '.filesync-test-swap')
		renameSync(this.#at(one), beside)
		renameSync(this.#at(other), this.#at(one))
		renameSync(beside, this.#at(other))
		this.refresh()
	}

	/** Files and links that share an inode with another, in the tree or in the trash. No edit here makes such. */
	shared(): string[] {
		const trashed = new Set([...this.trashed().values()].map(({ino}) => ino))
		const met = new Set<number>()
		return [...this.nodes]
			.filter(([, {kind}]) => kind !== 'dir')
			.filter(([, {ino}]) => trashed.has(ino) || met.size === met.add(ino).size)
			.map(([path]) => path)
	}

	/** Files and links in the trash, by content. */
	trashed(): Map<string, Node> {
		const found = new Map<string, Node>()
		const walk = (folder: string): void => {
			for (const entry of readdirSync(folder, {withFileTypes: true})) {
				const at = join(folder, entry.name)
				if (entry.isDirectory()) walk(at)
				else {
					const node = nodeAt(at, entry)
					found.set(node.content, node)
				}
			}
		}
		try {
			walk(join(this.root, '.filesync', 'trash'))
		} catch (error) {
			if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
		}
		return found
	}

	/**
	 * Writes in place. With a given mtime the write shows by the ctime alone, which ticks every few milliseconds: so it is
	 * touched until it shows, as any edit does that a person makes.
	 */
	#overwrite(at: string, body: string, mtime: number | null): void {
		const before = lstatSync(at)
		writeFileSync(at, body)
		if (mtime === null) return
		do setMtime(at, mtime)
		while (isSameLook(before, lstatSync(at)))
	}

	#at(path: RelPath): string {
		return join(this.root, this.real(path))
	}
}

const isSameLook = (a: Stats, b: Stats): boolean => a.ctimeMs === b.ctimeMs && a.ino === b.ino

function nodeAt(at: string, entry: Dirent): Node {
	const stats = lstatSync(at)
	const common = {
		mtime: microseconds(stats.mtimeMs),
		mode: stats.mode & 0o777,
		ino: stats.ino,
		ctime: stats.ctimeMs,
	}
	if (entry.isDirectory()) return {kind: 'dir', content: '', size: 0, ...common}
	if (entry.isSymbolicLink()) return {kind: 'symlink', content: readlinkSync(at), size: 5, ...common}
	const body = readFileSync(at, 'utf8')
	return {kind: 'file', content: nameIn(body), size: body.length, ...common}
}
