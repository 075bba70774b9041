// Owns the version of everything stored. The key and the form of its value stay the same in every version to come,
// or an older FileSync could not say that the index is newer.
import {FileSyncError} from '../errors/index.js'
import {Damage, seal, unseal} from './store/checks.js'
import type {Store} from './store/store.js'

export const formatKey = 'format'

/** The version that this FileSync writes. */
export const formatVersion = 1

/** From version n to n + 1, each in one synced batch that also sets the format key. Version 1 is the first. */
const migrations: ReadonlyMap<number, (store: Store) => Promise<void>> = new Map()

export const encodeFormat = (version: number): string => seal(String(version))

/** Brings the database to this version, or says why that cannot be. `stored`: the value of the format key. */
export async function adoptFormat(store: Store, stored: string): Promise<void> {
	const version = Number(unseal(stored, 'the format version'))
	if (!Number.isSafeInteger(version) || version < 0) throw new Damage(`the format version is ${version}`)
	if (version > formatVersion)
		throw new FileSyncError(
			'INDEX_NEWER',
			`the index in ${store.dir} has format ${version}, made by a newer FileSync; this one reads format ${formatVersion}`,
			['update FileSync on this device: npm install -g filesync-p2p@latest'],
		)
	for (let at = version; at < formatVersion; at++) {
		const migrate = migrations.get(at)
		if (migrate === undefined)
			throw new FileSyncError(
				'INDEX_DAMAGED',
				`the index in ${store.dir} has format ${version}, which no release ever wrote; this FileSync reads format ${formatVersion}`,
				['run once with --first-sync: nothing is deleted, both sides are united'],
			)
		await migrate(store)
	}
}
