// A replica in memory: disk, index, agreements, and the causal knowledge that the version vectors must mirror. Decides nothing.
import {type FileState, type IndexRecord, isLive, type State} from '../../../src/lib/core/entries/entry.js'
import {editedParts, type PartVersions} from '../../../src/lib/core/entries/parts.js'
import {bumpVersion, type DeviceId, parseDeviceId, type VersionVector} from '../../../src/lib/core/entries/versions.js'
import {observe, observeContent} from '../../../src/lib/core/folder/observe.js'
import type {RelPath} from '../../../src/lib/core/paths.js'
import {Disk, stampOf} from './disk.js'

export interface Point {
	readonly mine: number
	readonly theirs: number
	readonly pending: ReadonlySet<RelPath>
}

/** Numbers the edits that scans find, over all replicas of a world. */
export interface EditCounter {
	last: number
}

export const device = (text: string): DeviceId => {
	const id = parseDeviceId(text.padEnd(12, 'a'))
	if (id === undefined) throw new RangeError(`${text} makes no device id`)
	return id
}

const isFileRecord = (record: IndexRecord | undefined): record is IndexRecord & {readonly state: FileState} =>
	record?.state.kind === 'file'

export class Replica {
	readonly name: string
	readonly disk: Disk
	device: DeviceId
	index = new Map<RelPath, IndexRecord>()
	agreements = new Map<DeviceId, Point>()
	seq = 0
	/** Seconds that this device's clock is ahead of the world's. */
	skewSec = 0
	/** Per path the edits that its record has seen: what the version vector says, without its arithmetic. */
	knowledge = new Map<RelPath, ReadonlySet<number>>()
	readonly #edits: EditCounter

	constructor(name: string, edits: EditCounter, from?: Replica) {
		this.name = name
		this.device = from?.device ?? device(name)
		this.disk = new Disk(from?.disk)
		this.#edits = edits
		if (from === undefined) return
		this.index = new Map(from.index)
		this.agreements = new Map(from.agreements)
		this.seq = from.seq
		this.skewSec = from.skewSec
		this.knowledge = new Map(from.knowledge)
	}

	knows(path: RelPath): ReadonlySet<number> {
		return this.knowledge.get(path) ?? new Set()
	}

	learn(path: RelPath, edits: Iterable<number>): void {
		this.knowledge.set(path, new Set([...this.knows(path), ...edits]))
	}

	newEdit(): number {
		return ++this.#edits.last
	}

	/** The database is lost: a new device without records or agreements. */
	loseIndex(id: DeviceId): void {
		this.device = id
		this.index = new Map()
		this.agreements = new Map()
		this.knowledge = new Map()
		this.seq = 0
	}

	/** Brings the index up to the disk; returns the paths that changed. */
	scan(worldSec: number): RelPath[] {
		const nowSec = worldSec + this.skewSec
		const changed: RelPath[] = []
		const edited = (path: RelPath, state: State, isContent: boolean): void => {
			const before = this.index.get(path)
			const version = bumpVersion(before?.version ?? [], this.device, nowSec)
			const parts = isLive(state) ? editedParts(before, state, isContent, version) : undefined
			this.write(path, state, version, parts)
			this.learn(path, [this.newEdit()])
			changed.push(path)
		}
		for (const seen of this.disk.seen()) {
			const record = this.index.get(seen.path)
			const first = observe(record, seen)
			const content = this.disk.at(seen.path)?.content ?? ''
			const found = first.is === 'unclear' && isFileRecord(record) ? observeContent(record, seen, content) : first
			if (found.is === 'changed') edited(seen.path, found.state, found.content)
			else if (found.is === 'restamped' && record !== undefined) this.index.set(seen.path, {...record, disk: seen.disk})
		}
		for (const {path, state} of [...this.index.values()])
			if (isLive(state) && this.disk.at(path) === undefined)
				edited(path, {kind: 'gone', since: Math.floor(nowSec)}, true)
		return changed
	}

	/** Fills a hash that was not known; version and seq stand. */
	hash(path: RelPath): void {
		const record = this.index.get(path)
		const node = this.disk.at(path)
		if (record?.state.kind !== 'file' || node?.kind !== 'file' || record.state.hash !== null) return
		this.index.set(path, {...record, state: {...record.state, hash: node.content}})
	}

	/** A new row for the path, with what the disk shows now. */
	write(path: RelPath, state: State, version: VersionVector, parts?: PartVersions): void {
		const node = this.disk.at(path)
		const seq = ++this.seq
		// Every third record is racy, so that the second look at contents is taken as well.
		this.index.set(path, {
			path,
			state,
			version,
			parts,
			seq,
			disk: node === undefined ? null : stampOf(node),
			racy: seq % 3 === 0,
			was: null,
		})
	}
}
