// Which folders below a root are mount points: by the system's table where it has one (Linux), and by the device of each folder.
// Reads the table and asks for stamps; never lists anything but a folder whose disk seems to be away.
import {lstatSync, readdirSync, readFileSync, realpathSync, type Stats} from 'node:fs'
import {isAway, type KnownMount} from '../../core/folder/mounts.js'
import {errnoOf} from '../../errors/index.js'

export const tableFile = '/proc/self/mountinfo'

/**
 * The mount points below `root` that the system's table has, sorted; a bind mount shows nowhere else. Empty where there is no table.
 */
export function mountTable(root: string): readonly string[] {
	try {
		const real = realpathSync(root)
		const prefix = real.endsWith('/') ? real : `${real}/`
		const found = new Set<string>()
		for (const line of readFileSync(tableFile, 'utf8').split('\n')) {
			const point = unescaped(line.split(' ')[4] ?? '')
			if (point.startsWith(prefix)) found.add(point.slice(prefix.length))
		}
		return [...found].sort()
	} catch {
		return []
	}
}

/** The table writes blanks, tabs, line feeds and backslashes as octal numbers. */
export const unescaped = (text: string): string =>
	text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/** The mount points below a root as one look finds them. Ask for a folder after those above it. */
export class MountPoints {
	readonly table: readonly string[]
	readonly #root: string
	readonly #rootDev: number | undefined
	readonly #listed: ReadonlySet<string>
	readonly #known: ReadonlyMap<string, KnownMount>
	/** With the device of each. */
	readonly #found = new Map<string, number>()

	constructor(root: string, known: readonly KnownMount[]) {
		this.#root = root
		this.#rootDev = statsOf(root)?.dev
		this.table = mountTable(root)
		this.#listed = new Set(this.table)
		this.#known = new Map(known.map((mount) => [mount.path, mount]))
	}

	/** Those met by now, in the order met. */
	get found(): readonly string[] {
		return [...this.#found.keys()]
	}

	/** A folder that was looked at: is it a mount point? */
	note(path: string, {dev}: Pick<Stats, 'dev'>): boolean {
		if (this.#rootDev === undefined) return false
		if (!this.#listed.has(path) && dev === this.#deviceAbove(path)) return false
		this.#found.set(path, dev)
		return true
	}

	/** A folder that was looked at. True when a disk was mounted there, is not now, and nothing of what it held is there. */
	isDiskAway(path: string, stats: Pick<Stats, 'dev'>): boolean {
		if (this.note(path, stats)) return false
		const known = this.#known.get(path)
		return known !== undefined && isAway(known, namesIn(`${this.#root}/${path}`))
	}

	/** Is there a mount point that no earlier look knew? */
	get hasNew(): boolean {
		return this.found.some((path) => !this.#known.has(path))
	}

	/** Those of the known ones that are folders and no mount points now. Notes the others. */
	unmounted(): readonly string[] {
		return [...this.#known.keys()].sort().filter((path) => {
			const stats = statsOf(`${this.#root}/${path}`)
			// What is gone, or cannot be looked at, is told by others.
			return stats?.isDirectory() === true && !this.note(path, stats)
		})
	}

	/** Is the table another one than `before`? */
	isOtherTable(before: readonly string[]): boolean {
		return before.length !== this.table.length || before.some((path, i) => path !== this.table[i])
	}

	/**
	 * Was something mounted or unmounted since this look began? Then its listings may be of another disk than its stamps.
	 * RACE: where the system has no table, a disk that is mounted between a listing and the first look at the folder goes unseen.
	 */
	get haveMoved(): boolean {
		if (this.isOtherTable(mountTable(this.#root))) return true
		return [...this.#found].some(([path, dev]) => (statsOf(`${this.#root}/${path}`)?.dev ?? dev) !== dev)
	}

	#deviceAbove(path: string): number | undefined {
		if (this.#found.size === 0) return this.#rootDev
		for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
			const dev = this.#found.get(path.slice(0, slash))
			if (dev !== undefined) return dev
		}
		return this.#rootDev
	}
}

/** Those of the known mount points that are folders and no mount points now. */
export const unmountedOf = (root: string, known: readonly KnownMount[]): readonly string[] =>
	known.length === 0 ? [] : new MountPoints(root, known).unmounted()

function statsOf(path: string): Stats | undefined {
	try {
		return lstatSync(path, {throwIfNoEntry: false})
	} catch {
		return undefined
	}
}

/** What cannot be listed now holds nothing that could be recognised. */
function namesIn(folder: string): readonly string[] {
	try {
		return readdirSync(folder)
	} catch (error) {
		if (errnoOf(error) === undefined) throw error
		return []
	}
}
