// A folder of a test: edits by short words, and what stands in it as plain values that compare. Follows no link.
import {createHash} from 'node:crypto'
import {
	chmodSync,
	lstatSync,
	lutimesSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	renameSync,
	rmSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs'
import {dirname, join} from 'node:path'

/** Seconds since 1970 of an ordinary day; `day(1)` is the next. */
export const day = (number: number): number => 1_700_000_000 + number * 86_400

/** `path` → content of a file, `path/` → '' for a folder, `path` → `-> TARGET` for a link. Long contents: their SHA-256. */
export type Tree = Readonly<Record<string, string>>

const longContent = 300

export class Dir {
	readonly path: string

	constructor(path: string) {
		this.path = path
	}

	at(...parts: readonly string[]): string {
		return join(this.path, ...parts)
	}

	/** Writes a file, with the folders above it. `mtimeSec`: else now. */
	write(path: string, content: string | Uint8Array, mtimeSec?: number): this {
		mkdirSync(dirname(this.at(path)), {recursive: true})
		writeFileSync(this.at(path), content)
		if (mtimeSec !== undefined) utimesSync(this.at(path), mtimeSec, mtimeSec)
		return this
	}

	mkdir(path: string, mode?: number): this {
		mkdirSync(this.at(path), {recursive: true})
		if (mode !== undefined) chmodSync(this.at(path), mode)
		return this
	}

	link(path: string, target: string, mtimeSec?: number): this {
		mkdirSync(dirname(this.at(path)), {recursive: true})
		symlinkSync(target, this.at(path))
		if (mtimeSec !== undefined) lutimesSync(this.at(path), mtimeSec, mtimeSec)
		return this
	}

	rm(...paths: readonly string[]): this {
		for (const path of paths) rmSync(this.at(path), {recursive: true})
		return this
	}

	mv(from: string, to: string): this {
		mkdirSync(dirname(this.at(to)), {recursive: true})
		renameSync(this.at(from), this.at(to))
		return this
	}

	chmod(path: string, mode: number): this {
		chmodSync(this.at(path), mode)
		return this
	}

	touch(path: string, mtimeSec: number): this {
		utimesSync(this.at(path), mtimeSec, mtimeSec)
		return this
	}

	read(path: string): string {
		return readFileSync(this.at(path), 'utf8')
	}

	has(path: string): boolean {
		return lstatSync(this.at(path), {throwIfNoEntry: false}) !== undefined
	}

	/** All names below, without `.filesync`; the time of a conflict copy's name as `*`. */
	get tree(): Tree {
		const tree: Record<string, string> = {}
		for (const {path, kind, content} of this.entries())
			tree[`${path.replace(/\.sync-conflict-\d{8}-\d{6}-/, '.sync-conflict-*-')}${kind === 'dir' ? '/' : ''}`] = content
		return tree
	}

	/** Everything that a sync carries over, and nothing that it does not: for "both sides are the same". */
	get replica(): readonly string[] {
		return this.entries().map(({path, kind, content, mode, mtimeUs}) => {
			const bits = kind === 'link' ? '' : mode.toString(8)
			return `${JSON.stringify(path)} ${kind} ${bits} ${kind === 'dir' ? '' : mtimeUs} ${JSON.stringify(content)}`
		})
	}

	/** As `replica`, with what only this disk shows (inode, ctime): for "nothing was touched". */
	get exact(): readonly string[] {
		return this.entries().map(
			({path, content, mode, mtimeUs, ino, ctimeNs}) =>
				`${JSON.stringify(path)} ${mode.toString(8)} ${mtimeUs} ${ino} ${ctimeNs} ${JSON.stringify(content)}`,
		)
	}

	/** The inode of each path below `top`, by the rest of the path. */
	inodes(top: string): Readonly<Record<string, bigint>> {
		return Object.fromEntries(this.entries(top).map(({path, ino}) => [path.slice(top.length + 1), ino]))
	}

	private entries(below = ''): Entry[] {
		const entries: Entry[] = []
		for (const name of readdirSync(this.at(below)).sort()) {
			const path = below === '' ? name : `${below}/${name}`
			if (path === '.filesync') continue
			const full = this.at(path)
			const stats = lstatSync(full, {bigint: true})
			const kind = stats.isDirectory() ? 'dir' : stats.isSymbolicLink() ? 'link' : stats.isFile() ? 'file' : 'other'
			entries.push({
				path,
				kind,
				content: kind === 'link' ? `-> ${readlinkSync(full)}` : kind === 'file' ? shown(readFileSync(full)) : '',
				mode: Number(stats.mode) & 0o777,
				// As precise as Node can set it: a double of milliseconds.
				mtimeUs: Math.round(lstatSync(full).mtimeMs * 1000),
				ino: stats.ino,
				ctimeNs: stats.ctimeNs,
			})
			if (kind === 'dir') entries.push(...this.entries(path))
		}
		return entries
	}
}

interface Entry {
	readonly path: string
	readonly kind: 'dir' | 'file' | 'link' | 'other'
	readonly content: string
	readonly mode: number
	readonly mtimeUs: number
	readonly ino: bigint
	readonly ctimeNs: bigint
}

function shown(content: Buffer): string {
	return content.length <= longContent
		? content.toString('utf8')
		: `sha256 ${createHash('sha256').update(content).digest('hex')}`
}
