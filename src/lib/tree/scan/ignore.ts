// What is left out of a sync: lines in gitignore syntax from `.filesyncignore` in the root and from the configuration.
// Never decides what happens to a path that was synced before and is ignored now.

import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs'
import {join} from 'node:path'
import ignore, {type Ignore} from 'ignore'
import {ignoreFileName} from '../../core/paths.js'
import {errnoOf, FileSyncError} from '../../errors/index.js'
import {describeFailure} from '../disk/errors.js'
import {whileBusy} from '../disk/locked.js'

/** The rules file in the root. It is synced like any other file. */

/** Bytes. A rules file beyond this is a mistake (or an attack on the matcher), not a rules file. */
const maxIgnoreFileBytes = 1024 * 1024

/**
 * How often `**` may stand between slashes in one line. Each multiplies what a deep path costs to match by its depth: with 4 a path of 120 levels took 1.6 s, with
 * 12 no end was seen. The rules file may come from the peer.
 */
const maxInnerDoubleStars = 2

/** Paths that share one matcher; its cache keeps an object per path asked, so a long-lived one starts over. */
const maxCachedPaths = 250_000

/** Does this platform's usual file system take `A` and `a` for one name? */
export const foldsCase = (platform: NodeJS.Platform = process.platform): boolean =>
	platform === 'darwin' || platform === 'win32'

const unusable = (file: string, what: string): FileSyncError =>
	new FileSyncError('CONFIG_INVALID', `the rules file ${file} ${what}; without it ignored files would be synced`, [
		`Make it a readable text file of at most ${maxIgnoreFileBytes} bytes, or remove it.`,
	])

/** The text of the rules file, '' when there is none. Throws CONFIG_INVALID when it is there and cannot be used. */
function readIgnoreFile(root: string): string {
	const file = join(root, ignoreFileName)
	let fd: number
	try {
		fd = whileBusy(() => openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)))
	} catch (error) {
		const code = errnoOf(error)
		if (code === 'ENOENT') return ''
		if (code === 'ELOOP') throw unusable(file, 'is a symbolic link, a regular file was expected')
		throw unusable(file, describeFailure('cannot be opened', error))
	}
	try {
		const stats = fstatSync(fd)
		if (!stats.isFile()) throw unusable(file, 'is not a regular file')
		if (stats.size > maxIgnoreFileBytes) throw unusable(file, `has ${stats.size} bytes`)
		const bytes = Buffer.alloc(maxIgnoreFileBytes + 1)
		let length = 0
		for (;;) {
			const got = readSync(fd, bytes, length, bytes.length - length, null)
			length += got
			if (length > maxIgnoreFileBytes) throw unusable(file, `has more than ${maxIgnoreFileBytes} bytes`)
			if (got === 0) return bytes.toString('utf8', 0, length)
		}
	} catch (error) {
		throw error instanceof FileSyncError ? error : unusable(file, describeFailure('cannot be read', error))
	} finally {
		closeSync(fd)
	}
}

/** Lines that have an effect, in order: no BOM, CR, comment, blank line or unescaped trailing space. */
export const effectiveLines = (texts: readonly string[]): readonly string[] =>
	texts
		.flatMap((text) => text.replace(/^\ufeff/, '').split(/\r?\n/))
		.map((line) => line.replace(/\r$/, '').replace(/(?<!\\) +$/, ''))
		.filter((line) => line !== '' && !line.startsWith('#'))

/**
 * The lines in force for `root`: those of its rules file, then those of the configuration (which therefore win).
 * Throws FileSyncError CONFIG_INVALID when the rules file exists and cannot be used.
 */
export function loadIgnoreLines(root: string, configLines: readonly string[]): readonly string[] {
	const lines = effectiveLines([readIgnoreFile(root), ...configLines])
	const costly = lines.find((line) => (line.match(/\/\*\*(?=\/)/g) ?? []).length > maxInnerDoubleStars)
	if (costly === undefined) return lines
	throw new FileSyncError(
		'CONFIG_INVALID',
		`the ignore rule "${costly.slice(0, 100)}" has more than ${maxInnerDoubleStars} "/**/" in it: matching it could take for ever`,
		[`write it with fewer, in ${join(root, ignoreFileName)} or under "ignore" in the config`],
	)
}

/** The compiled rules. Not for concurrent trees: its cache belongs to one root's paths. */
export class IgnoreRules {
	readonly #lines: readonly string[]
	readonly #foldCase: boolean
	#matcher: Ignore
	#asked = 0

	constructor(lines: readonly string[], foldCase: boolean = foldsCase()) {
		this.#lines = effectiveLines(lines)
		this.#foldCase = foldCase
		this.#matcher = this.#compile()
	}

	/** True when there is no rule at all, so that nothing is ever ignored. */
	get empty(): boolean {
		return this.#lines.length === 0
	}

	/**
	 * Is `path` (relative, `/` between components) left out, by itself or because a folder above it is? As in git, nothing
	 * below an ignored folder can be taken in again. Answers for the parents are kept, so a walk pays for each name once.
	 */
	ignores(path: string, isDir: boolean): boolean {
		if (this.#lines.length === 0) return false
		if (++this.#asked > maxCachedPaths) {
			this.#asked = 0
			this.#matcher = this.#compile()
		}
		return this.#matcher.ignores(isDir ? `${path}/` : path)
	}

	#compile(): Ignore {
		return ignore({ignorecase: this.#foldCase}).add([...this.#lines])
	}
}
