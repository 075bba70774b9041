// A disk in memory that is as strict as a real one and keeps everything that was ever displaced. It knows no index and no plan.
import type {DiskStamp, LiveState, Seen} from '../../../src/lib/core/entries/entry.js'
import {parentOf, parseRelPath, type RelPath} from '../../../src/lib/core/paths.js'

/** A step asked for something that a real file system refuses. */
export class DiskRefusal extends Error {
	override name = 'DiskRefusal'
}

/** `content`: a file's bytes by name (its hash too), a link's target, '' for a folder. `mtime` in microseconds. */
export interface Node {
	readonly kind: LiveState['kind']
	readonly content: string
	readonly size: number
	readonly mtime: number
	readonly mode: number
	readonly ino: number
	readonly ctime: number
}

export type Look = Omit<Node, 'ino' | 'ctime'>

export const rel = (text: string): RelPath => {
	const check = parseRelPath(text, 'linux')
	if (!check.ok) throw new RangeError(`${text}: the path ${check.fault}`)
	return check.path
}

export const stampOf = (node: Node): DiskStamp => ({
	size: node.size,
	mtimeMs: node.mtime / 1000,
	ctimeMs: node.ctime,
	ino: node.ino,
	mode: node.mode,
})

export class Disk {
	readonly nodes: Map<RelPath, Node>
	/** Contents of files and links that a sync displaced. */
	readonly trash: string[]
	#tick: number

	constructor(from?: Disk) {
		this.nodes = new Map(from?.nodes)
		this.trash = [...(from?.trash ?? [])]
		this.#tick = from === undefined ? 0 : from.#tick
	}

	at(path: RelPath): Node | undefined {
		return this.nodes.get(path)
	}

	below(path: RelPath): RelPath[] {
		const prefix = `${path}/`
		return [...this.nodes.keys()].filter((other) => other.startsWith(prefix))
	}

	seen(): Seen[] {
		return [...this.nodes]
			.map(([path, node]) => ({
				path,
				kind: node.kind,
				disk: stampOf(node),
				target: node.kind === 'symlink' ? node.content : null,
			}))
			.sort((a, b) => (a.path < b.path ? -1 : 1))
	}

	/** Makes or replaces a node; what stood there must be gone or of the same kind as the new one. */
	put(path: RelPath, look: Look): void {
		this.#needParent(path)
		const old = this.nodes.get(path)
		if (old?.kind === 'dir' && look.kind !== 'dir') throw new DiskRefusal(`${path}: is a folder`)
		if (old !== undefined && old.kind !== 'dir' && look.kind === 'dir') throw new DiskRefusal(`${path}: is no folder`)
		const ino = old?.kind === 'dir' ? old.ino : ++this.#tick
		this.nodes.set(path, {...look, ino, ctime: ++this.#tick})
	}

	/** Mode, mtime or bytes of what stands there, in place. */
	change(path: RelPath, look: Partial<Look>): void {
		const old = this.nodes.get(path)
		if (old === undefined) throw new DiskRefusal(`${path}: nothing is there`)
		this.nodes.set(path, {...old, ...look, ctime: ++this.#tick})
	}

	/** A file or link, or an empty folder, goes. */
	remove(path: RelPath): Node {
		const old = this.nodes.get(path)
		if (old === undefined) throw new DiskRefusal(`${path}: nothing is there`)
		if (this.below(path).length > 0) throw new DiskRefusal(`${path}: the folder is not empty`)
		this.nodes.delete(path)
		return old
	}

	discard(path: RelPath): void {
		const old = this.remove(path)
		if (old.kind !== 'dir') this.trash.push(old.content)
	}

	/** Renames with everything below; the new name must be free and have a folder. */
	move(from: RelPath, to: RelPath): void {
		this.#needParent(to)
		if (this.nodes.has(to)) throw new DiskRefusal(`${to}: the name is taken`)
		if (`${to}/`.startsWith(`${from}/`)) throw new DiskRefusal(`${to}: lies below ${from}`)
		for (const path of [from, ...this.below(from)]) {
			const node = this.nodes.get(path)
			if (node === undefined) throw new DiskRefusal(`${path}: nothing is there`)
			this.nodes.delete(path)
			this.nodes.set(rel(to + path.slice(from.length)), {...node, ctime: path === from ? ++this.#tick : node.ctime})
		}
	}

	/** Contents of files and links that stand here, and those in the trash. */
	contents(): Set<string> {
		return new Set([...this.nodes.values()].filter(({kind}) => kind !== 'dir').map(({content}) => content))
	}

	/** The tree as both sides must have it: of folders the mode, of links the target and mtime, of files everything. */
	picture(): string {
		return [...this.nodes]
			.map(([path, {kind, content, size, mtime, mode}]) => {
				if (kind === 'dir') return `${path} dir ${mode}`
				if (kind === 'symlink') return `${path} link ${content} ${mtime}`
				return `${path} file ${content} ${size} ${mtime} ${mode}`
			})
			.sort()
			.join('\n')
	}

	#needParent(path: RelPath): void {
		const parent = parentOf(path)
		if (parent !== undefined && this.nodes.get(parent)?.kind !== 'dir')
			throw new DiskRefusal(`${path}: its folder does not exist`)
	}
}
