// Listings that need a second look: names that are not UTF-8, and file systems that tell no types.
// Never renames or repairs anything.
import {type Dirent, lstatSync, readdirSync} from 'node:fs'

/** The part of a Dirent that a walk needs. */
export type NamedKind = Pick<
	Dirent,
	'name' | 'isBlockDevice' | 'isCharacterDevice' | 'isDirectory' | 'isFIFO' | 'isFile' | 'isSocket' | 'isSymbolicLink'
>

/** A decoded name with U+FFFD in it: perhaps a name that is not UTF-8, perhaps a real U+FFFD. */
export const hasReplacement = (name: string): boolean => name.includes('\ufffd')

/** One name with its kind from lstat; undefined when it is gone. */
function lookAt(folder: string, name: string): NamedKind | undefined {
	const stats = lstatSync(`${folder}/${name}`, {throwIfNoEntry: false})
	return stats && Object.assign(stats, {name})
}

/** The listing of a folder by names alone, each looked at. */
export const listByLstat = (folder: string): NamedKind[] =>
	readdirSync(folder).flatMap((name) => lookAt(folder, name) ?? [])

/** Bytes of a name as text: printable ASCII as it is, all else as `\xNN`. */
export const showBytes = (bytes: Uint8Array): string =>
	Array.from(bytes, (byte) =>
		byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
	).join('')

/**
 * Takes out of a listing the names that only look like names because undecodable bytes became U+FFFD; each is handed
 * to `onUndecodable`, shown in bytes. Several may decode to one string, and a real name may be among them: kinds of
 * names that stay are therefore taken from lstat.
 */
export function resolveReplacements(
	folder: string,
	entries: readonly NamedKind[],
	onUndecodable: (shown: string) => void,
): NamedKind[] {
	const real = new Set<string>()
	for (const bytes of readdirSync(folder, {encoding: 'buffer'})) {
		const name = bytes.toString('utf8')
		if (!hasReplacement(name)) continue
		if (Buffer.from(name).equals(bytes)) real.add(name)
		else onUndecodable(showBytes(bytes))
	}
	const plain = entries.filter((entry) => !hasReplacement(entry.name))
	return [...plain, ...[...real].flatMap((name) => lookAt(folder, name) ?? [])]
}
