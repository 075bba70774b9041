// Owns the version of everything stored. The key and the form of its value stay the same in every version to come,
// or an older FileSync could not say that the index is newer.
import {FileSyncError} from '../../errors/index.js'
import {Damage, seal, unseal} from '../store/checks.js'
import type {Store} from '../store/store.js'

export const formatKey = 'format'

/** Stands in the database from the moment when its format is this one until its last page is. */
export const upgradeKey = 'u'

/** The version that this FileSync writes. */
export const formatVersion = 2

export const encodeFormat = (version: number): string => seal(String(version))

/**
 * Says whether this FileSync can use a database, and notes in one that is older that its upgrade has begun (see upgrade.ts): from then
 * on no older FileSync opens it. `stored`: the value of the format key. Throws INDEX_NEWER, INDEX_DAMAGED.
 */
export async function adoptFormat(store: Store, stored: string): Promise<void> {
	const version = Number(unseal(stored, 'the format version'))
	if (!Number.isSafeInteger(version) || version < 0) throw new Damage(`the format version is ${version}`)
	if (version > formatVersion)
		throw new FileSyncError(
			'INDEX_NEWER',
			`the index in ${store.dir} has format ${version}, made by a newer FileSync; this one reads format ${formatVersion}`,
			['update FileSync on this device: npm install -g filesync-p2p@latest'],
		)
	if (version === 0)
		throw new FileSyncError(
			'INDEX_DAMAGED',
			`the index in ${store.dir} has format ${version}, which no release ever wrote; this FileSync reads format ${formatVersion}`,
			['run once with --first-sync: nothing is deleted, both sides are united'],
		)
	if (version < formatVersion) {
		const begun = [
			{key: formatKey, value: encodeFormat(formatVersion)},
			{key: upgradeKey, value: 'begun'},
		]
		await store.batch(begun, true)
	}
}
