// Owns what a caller may ask of one write, and turns it into sorted operations and the next state. Never touches disk.

import type {IndexRecord} from '../core/entries/entry.js'
import type {DeviceId} from '../core/entries/versions.js'
import type {Agreement} from '../core/folder/agreement.js'
import type {Intent} from '../core/folder/intent.js'
import type {RootIdentity} from '../core/folder/root.js'
import type {RelPath} from '../core/paths.js'
import {agreementKey, encodeAgreement} from './agreements.js'
import {encodeIntents, intentKey} from './intents.js'
import {encodeMeta, type Meta, metaKey} from './meta.js'
import {Tally} from './pages/counts.js'
import {encodeEntry, entryKey, markOf, pageKey} from './pages/directory.js'
import type {Op, Pages} from './pages/merge.js'
import type {IndexState, MarkedAgreement} from './state.js'
import type {Put} from './store/store.js'

/** One write. All of it happens, or none. */
export interface IndexChange {
	/** Added, or put in place of the record with that path. Of two with one path the later counts. */
	readonly records?: readonly IndexRecord[]
	/** Paths to forget altogether; not to be mistaken for a tombstone. A path that is also in `records` is kept. */
	readonly remove?: readonly RelPath[]
	/** Put in place of the agreement with that peer. */
	readonly agreement?: Agreement
	/** Agreements to forget, before `agreement` is put: of these peers, or all. */
	readonly dropAgreements?: boolean | readonly DeviceId[]
	readonly root?: RootIdentity
	/** What is about to be done to the disk, under a key of its own. */
	readonly intend?: {readonly key: number; readonly intents: readonly Intent[]}
	/** Intents to forget, before `intend` is put: those under these keys, or all. */
	readonly settled?: 'all' | readonly number[]
}

/** True where a change holds records only. Anything else it may hold makes this false, also kinds added later. */
export function isWithoutFacts({records: _, remove: __, settled, ...facts}: IndexChange): boolean {
	const isSettling = settled === 'all' || (settled !== undefined && settled.length > 0)
	return !isSettling && Object.values(facts).every((fact) => fact === undefined || fact === false)
}

/** The changes of records, sorted by path, each path once. */
export function opsOf({records = [], remove = []}: IndexChange): readonly Op[] {
	const ops: Op[] = []
	for (const path of remove) ops.push({path, record: null})
	for (const record of records) ops.push({path: record.path, record})
	let rising = true
	for (let i = 1; i < ops.length && rising; i++) rising = (ops[i - 1]?.path ?? '') < (ops[i]?.path ?? '')
	if (rising) return ops
	// Stable, so that of two with one path the later one stands last.
	ops.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
	return ops.filter((op, i) => ops[i + 1]?.path !== op.path)
}

function nextAgreements(
	state: IndexState,
	{agreement, dropAgreements = false}: IndexChange,
): Map<DeviceId, MarkedAgreement> {
	const next = new Map(dropAgreements === true ? [] : state.agreements)
	if (dropAgreements !== true && dropAgreements !== false) for (const peer of dropAgreements) next.delete(peer)
	if (agreement !== undefined) {
		const mark = markOf(agreementKey(agreement.peer), encodeAgreement(agreement))
		next.set(agreement.peer, {agreement, mark})
	}
	return next
}

function nextIntents(state: IndexState, {intend, settled = []}: IndexChange, puts: Put[]): IndexState['intents'] {
	if (intend === undefined && settled.length === 0) return state.intents
	const next = new Map(state.intents)
	for (const key of settled === 'all' ? [...next.keys()] : settled)
		if (next.delete(key)) puts.push({key: intentKey(key), value: null})
	if (intend !== undefined) {
		next.set(intend.key, intend.intents)
		puts.push({key: intentKey(intend.key), value: encodeIntents(intend.intents)})
	}
	return next
}

/** The state after a change, and the batch that makes it so on disk. `merge`: what becomes of the pages, if anything. */
export function nextState(
	state: IndexState,
	change: IndexChange,
	facts: Pick<Meta, 'device' | 'seq' | 'startingOver'>,
	merge: Pages | undefined,
): {readonly next: IndexState; readonly puts: readonly Put[]} {
	const puts: Put[] = []
	let digest = state.meta.digest
	const tally = new Tally(state.counts)
	const agreements = nextAgreements(state, change)
	for (const [peer, {mark}] of state.agreements) {
		if (agreements.get(peer)?.mark === mark) continue
		digest ^= mark
		if (!agreements.has(peer)) puts.push({key: agreementKey(peer), value: null})
	}
	for (const [peer, {agreement, mark}] of agreements) {
		if (state.agreements.get(peer)?.mark === mark) continue
		digest ^= mark
		puts.push({key: agreementKey(peer), value: encodeAgreement(agreement)})
	}
	for (const entry of merge?.replaced ?? []) {
		digest ^= entry.mark
		tally.addAll(entry.counts, -1)
	}
	for (const [id, {entry, value}] of merge?.written ?? []) {
		digest ^= entry.mark
		tally.addAll(entry.counts, 1)
		if (value !== null) puts.push({key: pageKey(id), value})
		puts.push({key: entryKey(id), value: encodeEntry(entry)})
	}
	for (const id of merge?.dropped ?? []) puts.push({key: pageKey(id), value: null}, {key: entryKey(id), value: null})
	const intents = nextIntents(state, change, puts)
	const meta: Meta = {
		...facts,
		nextPage: merge?.nextPage ?? state.meta.nextPage,
		root: change.root ?? state.meta.root,
		digest: digest >>> 0,
	}
	puts.push({key: metaKey, value: encodeMeta(meta)})
	const directory = merge?.directory ?? state.directory
	return {next: {meta, directory, counts: tally.counts(), agreements, intents}, puts}
}
