// Owns what of the index lives in memory while it is open: the directory, the agreements, the small facts and their
// digest. Loads it and checks that it is whole. Never holds records.

import {Interner} from '../core/entries/vector-table.js'
import {type DeviceId, deviceIdFrom} from '../core/entries/versions.js'
import type {Agreement} from '../core/folder/agreement.js'
import type {Intent} from '../core/folder/intent.js'
import {decodeAgreement} from './agreements.js'
import {adoptFormat, encodeFormat, formatKey, formatVersion, upgradeKey} from './format/version.js'
import {decodeIntents} from './intents.js'
import {decodeMeta, encodeMeta, type Meta, metaKey} from './meta.js'
import {type Counts, noCounts} from './pages/counts.js'
import {countsOf, type Directory, decodeEntry, markOf} from './pages/directory.js'
import {Damage} from './store/checks.js'
import type {Store} from './store/store.js'

/** An agreement and its share of the digest. */
export interface MarkedAgreement {
	readonly agreement: Agreement
	readonly mark: number
}

/** Immutable: a write makes the next one, and it replaces this one when the batch is on disk. */
export interface IndexState {
	readonly meta: Meta
	/** Sorted by `first`. */
	readonly directory: Directory
	readonly counts: Counts
	readonly agreements: ReadonlyMap<DeviceId, MarkedAgreement>
	/** Of a sync under way, or one that was cut off, by the key of the call. */
	readonly intents: ReadonlyMap<number, readonly Intent[]>
}

async function create(store: Store, random: (bytes: number) => Uint8Array): Promise<IndexState> {
	const device = deviceIdFrom(random(12))
	const meta: Meta = {device, seq: 0, nextPage: 1, root: null, digest: 0, startingOver: null}
	const puts = [
		{key: formatKey, value: encodeFormat(formatVersion)},
		{key: metaKey, value: encodeMeta(meta)},
	]
	await store.batch(puts, true)
	return {meta, directory: [], counts: noCounts, agreements: new Map(), intents: new Map()}
}

/** What the store holds; made when it holds nothing. `isUpgrading`: pages of an older format may stand in it. Throws Damage and what `adoptFormat` throws. */
export async function loadState(
	store: Store,
	random: (bytes: number) => Uint8Array,
): Promise<{readonly state: IndexState; readonly isNew: boolean; readonly isUpgrading: boolean}> {
	const [format, stored] = await store.getMany([formatKey, metaKey])
	if (format === undefined) {
		if (await store.isEmpty()) return {state: await create(store, random), isNew: true, isUpgrading: false}
		throw new Damage('its format version is missing')
	}
	await adoptFormat(store, format.toString())
	const [upgrading] = await store.getMany([upgradeKey])
	if (stored === undefined) throw new Damage('its state is missing')
	const meta = decodeMeta(stored.toString())
	let digest = 0
	const agreements = new Map<DeviceId, MarkedAgreement>()
	for (const [key, value] of await store.pairs('a')) {
		const mark = markOf(key, value)
		digest ^= mark
		const agreement = decodeAgreement(key, value)
		agreements.set(agreement.peer, {agreement, mark})
	}
	const entries = (await store.pairs('d')).map(([key, value]) => decodeEntry(key, value))
	for (const {mark} of entries) digest ^= mark
	if (digest >>> 0 !== meta.digest) throw new Damage('a part of it is missing or from another time')
	const directory = entries.sort((a, b) => (a.first < b.first ? -1 : 1))
	const intents = new Map<number, readonly Intent[]>()
	const interner = new Interner()
	for (const [key, value] of await store.pairs('i')) {
		const found = decodeIntents(key, value, interner)
		intents.set(found.key, found.intents)
	}
	const state = {meta, directory, counts: countsOf(directory), agreements, intents}
	return {state, isNew: false, isUpgrading: upgrading !== undefined}
}
