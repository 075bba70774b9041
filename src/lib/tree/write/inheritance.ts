// Gives staged contents what they would have had if written in place: the group of a setgid folder, the folder's default ACL, and owner,
// group and ACL of a file that they replace. For a folder that gives something, contents are staged below a folder that was made in it
// and then moved to staging, so that they inherit the same. Leaves nothing in a folder of the user.
import {spawnSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {chmodSync, chownSync, mkdirSync, renameSync, rmdirSync, type Stats} from 'node:fs'
import {parentOf, type RelPath, tempPrefix} from '../../core/paths.js'
import {errnoOf} from '../../errors/index.js'
import {atPath} from '../disk/at-path.js'
import {lookAt} from '../disk/stat.js'
import {quietly, tolerate} from './staging.js'

const setGroup = 0o2000

/**
 * Bytes of the paths asked of one getfacl, which takes some 3 ms and 5 µs for each. Linux takes 2 MB of arguments, with a pointer each.
 */
const bytesOfCall = 256 * 1024
/** Bytes of its answer. */
const maxOutput = 64 * 1024 * 1024

/** ms for which a folder without a default ACL is taken to have none still. */
const believedMs = 60_000

/** False where getfacl is not installed: then nobody set an ACL with its tools. undefined: not known yet. */
let hasGetfacl: boolean | undefined

/** Until when folders count as without a default ACL, by absolute path. */
const without = new Map<string, number>()
const mostRemembered = 10_000

/** The setuid, setgid and sticky bits that something has, and these permission bits: a mode from a peer says nothing of the others. */
export const keepingBits = ({mode: before}: Pick<Stats, 'mode'>, mode: number): number =>
	(before & 0o7000) | (mode & 0o777)

export class Inheritance {
	readonly #root: string
	readonly #fresh: () => string
	/** Folders in staging, by the folder that they inherit from; null: it gives nothing. */
	readonly #heirs = new Map<string, string | null>()
	/** ACLs of files that are about to be replaced, as setfacl takes them. */
	readonly #acls = new Map<RelPath, string>()

	/** `fresh`: a free name in staging. */
	constructor(root: string, fresh: () => string) {
		this.#root = root
		this.#fresh = fresh
	}

	/**
	 * Contents for these paths come next: finds out at once what their folders give, and what the files have that they replace. `replaced`:
	 * those of the paths where a file stands.
	 */
	expect(paths: readonly RelPath[], replaced: readonly RelPath[]): void {
		this.#expectIn(paths.map((path) => parentOf(path) ?? ''))
		const acls = aclsOf(
			replaced.map((path) => this.#full(path)),
			'access',
		)
		for (const path of replaced) {
			const acl = acls.get(this.#full(path))
			if (acl !== undefined) this.#acls.set(path, acl)
		}
	}

	/**
	 * A staged content that is to replace what was `found` at `path` belongs to whom that belongs, with its ACL, as far as this user may;
	 * its mode stays.
	 */
	giveWhatHad(path: RelPath, found: Stats, staged: string, seen: Stats): void {
		if (seen.uid !== found.uid || seen.gid !== found.gid) giveTo(staged, [found.uid, seen.uid], found.gid)
		const acl = this.#acls.get(path)
		if (acl === undefined) return
		this.#acls.delete(path)
		spawnSync('setfacl', ['--set-file=-', '--', staged], {input: acl, stdio: ['pipe', 'ignore', 'ignore']})
		tolerate(() => chmodSync(staged, seen.mode & 0o777))
	}

	/** '' is the root. */
	#expectIn(folders: readonly string[]): void {
		const unknown = [...new Set(folders)].filter((folder) => !this.#heirs.has(folder))
		const plain: string[] = []
		for (const folder of unknown) {
			const stats = lookQuietly(this.#full(folder))
			// One that is still to be made is asked again.
			if (stats?.isDirectory() !== true) continue
			if (givesGroup(stats)) this.#heirs.set(folder, this.#heirOf(folder))
			else plain.push(folder)
		}
		const withAcl = defaultAclsAmong(plain.map((folder) => this.#full(folder)))
		for (const folder of plain) this.#heirs.set(folder, withAcl.has(this.#full(folder)) ? this.#heirOf(folder) : null)
	}

	/**
	 * The folder in staging in which what is to come to `path` is made; undefined: any. A folder that is still to be made will give what
	 * the one above it gives.
	 */
	folderFor(path: RelPath): string | undefined {
		for (let up = parentOf(path); ; up = parentOf(up)) {
			const folder = up ?? ''
			if (!this.#heirs.has(folder)) this.#expectIn([folder])
			const heir = this.#heirs.get(folder)
			if (heir !== undefined || up === undefined) return heir ?? undefined
		}
	}

	/** null: it lies on another disk, or cannot be written to. */
	#heirOf(folder: string): string | null {
		const name = `${tempPrefix}${randomBytes(9).toString('hex')}`
		const path = (folder === '' ? name : `${folder}/${name}`) as RelPath
		try {
			return atPath(this.#root, path, (at) => {
				// RACE: who is killed between these two leaves an empty folder behind, of a name that no scan looks at.
				mkdirSync(at, {mode: 0o700})
				const heir = this.#fresh()
				try {
					renameSync(at, heir)
					return heir
				} catch (error) {
					quietly(() => rmdirSync(at))
					throw error
				}
			})
		} catch (error) {
			if (errnoOf(error) === undefined) throw error
			return null
		}
	}

	#full(folder: string): string {
		return folder === '' ? this.#root : `${this.#root}/${folder}`
	}
}

/** New entries take the group of a setgid folder; on macOS that of any. */
const givesGroup = ({mode, gid}: Stats): boolean =>
	(mode & setGroup) !== 0 || (process.platform === 'darwin' && gid !== process.getegid?.())

/** undefined: nothing that can be looked at. */
function lookQuietly(at: string): Stats | undefined {
	try {
		return lookAt(at)
	} catch {
		return undefined
	}
}

/** The first of these owners that this user may give it to. */
function giveTo(at: string, owners: readonly number[], group: number): void {
	for (const owner of owners)
		try {
			chownSync(at, owner, group)
			return
		} catch (error) {
			if (errnoOf(error) === undefined) throw error
		}
}

/** Those of some folders (absolute) that have a default ACL. */
function defaultAclsAmong(folders: readonly string[]): ReadonlySet<string> {
	const nowMs = performance.now()
	const asked = folders.filter((folder) => (without.get(folder) ?? 0) < nowMs)
	const found = new Set(aclsOf(asked, 'default').keys())
	if (without.size > mostRemembered) without.clear()
	for (const folder of asked) if (!found.has(folder)) without.set(folder, nowMs + believedMs)
	return found
}

/** By path (absolute), of those that have one: a folder's default ACL, or a file's own. Only where the tools for ACLs are installed. */
function aclsOf(paths: readonly string[], which: 'default' | 'access'): ReadonlyMap<string, string> {
	const found = new Map<string, string>()
	if (process.platform !== 'linux') return found
	for (let at = 0; at < paths.length && hasGetfacl !== false; ) {
		const some: string[] = []
		for (let bytes = 0, next = paths[at]; next !== undefined && bytes < bytesOfCall; next = paths[++at]) {
			some.push(next)
			bytes += 3 * next.length
		}
		const {error, stdout} = spawnSync('getfacl', [`--${which}`, '-s', '-p', '-n', '--', ...some], {
			encoding: 'latin1',
			stdio: ['ignore', 'pipe', 'ignore'],
			maxBuffer: maxOutput,
		})
		hasGetfacl = error === undefined
		for (const [, name = '', acl = ''] of stdout?.matchAll(/^# file: (.*)\n((?:.+\n)*)/gm) ?? [])
			found.set(unescaped(name), acl)
	}
	return found
}

/** Bytes of getfacl's output, `\ooo` for some of them, as text. */
const unescaped = (bytes: string): string =>
	Buffer.from(
		bytes.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
		'latin1',
	).toString('utf8')
