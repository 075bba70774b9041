// Contents that the other side wants, read and handed over: packs of small files and large ones in pieces, through one queue.
import pLimit, {type LimitFunction} from 'p-limit'
import {hashAt, hashBytes} from '../core/entries/batch.js'
import {contentLimits} from '../core/entries/content-limits.js'
import type {DiskStamp, Fault, Hash, IndexRecord} from '../core/entries/entry.js'
import {faultRow, faultsIn, type PackRows} from '../core/entries/pack-rows.js'
import {setStamp, stampWidth} from '../core/entries/stamp-columns.js'
import {isRacy} from '../core/folder/observe.js'
import {joinNames, type RelPath} from '../core/paths.js'
import type {LearnedHash} from '../index/index.js'
import type {FileEvent} from '../sync/events.js'
import type {ContentSink, Wish} from '../sync/side.js'
import type {PackContents, PackOrder, Piece, Thread} from '../tree/index.js'
import {isFileRecord} from './records.js'

/** Files above this size travel alone, in pieces. */
const largeBytes = 256 * 1024
/** Packs read ahead of the one that is being sent: keeps the reading thread busy. */
const readAhead = 2
/** Packs under way at once, whatever the number of transfers may be: as many as fit into the window. */
const mostPacks = contentLimits.windowBytes / contentLimits.packBytes
/** Lists under way at once: while the last contents of one are sent, the first of the next are read. */
const mostLists = 2
/** Bytes of large files read and not yet sent, two pieces of each; with very many at once their pieces are smaller. */
const largeReadBytes = 64 * 1024 * 1024
const leastPieceBytes = 64 * 1024
/** Items looked up and queued at a time: bounds the memory that a long list takes. The first are few, so that sending begins soon. */
const sliceItems = {first: 1000, next: 2000} as const
/** Hashes learned on the way are written to the index in batches of this many. */
const learnBatch = 5000

export interface SupplyParts {
	readonly root: string
	/** The thread that reads contents out. */
	readonly reader: () => Thread
	readonly records: (paths: readonly RelPath[]) => Promise<ReadonlyMap<RelPath, IndexRecord>>
	readonly isIgnored: (path: RelPath, isDir: boolean) => boolean
	readonly learnHashes: (hashes: readonly LearnedHash[]) => Promise<void>
	/** What is known of a file without a look into the index; asked once for each wish, in order. */
	readonly known: (wish: Wish) => Source | undefined
	/** Transfers under way at once. */
	readonly maxConcurrency: number
	readonly nowMs: () => number
	readonly onSent: (files: number, bytes: number) => void
	readonly onFile: (event: FileEvent) => void
}

/** A file as the index knows it. */
export interface Source {
	readonly path: RelPath
	readonly disk: DiskStamp
	/** Its content's hash is known. */
	readonly isHashed: boolean
}

/** Contents under way to one sink. */
interface List {
	readonly sink: ContentSink
	readonly faults: Map<number, Fault>
}

/** Small files that are sent together, in this order. */
interface Pack {
	readonly wishes: Wish[]
	readonly sources: Source[]
	bytes: number
}

/** `atMs`: when they were about to be read. */
type ReadPack = PackContents & {readonly atMs: number}

export class Supply {
	readonly #parts: SupplyParts
	#learned: LearnedHash[] = []
	/** All transfers of this side, however many lists the peer asks for at once. */
	readonly #transfers: LimitFunction
	readonly #packs: LimitFunction
	readonly #lists: LimitFunction
	readonly #pieceBytes: number

	constructor(parts: SupplyParts) {
		this.#parts = parts
		const {maxConcurrency} = parts
		const limitTo = (concurrency: number) => pLimit({concurrency, rejectOnClear: true})
		this.#transfers = limitTo(maxConcurrency)
		this.#packs = limitTo(Math.min(maxConcurrency, mostPacks))
		this.#lists = limitTo(mostLists)
		const share = Math.floor(largeReadBytes / 2 / maxConcurrency)
		this.#pieceBytes = Math.max(leastPieceBytes, Math.min(contentLimits.pieceBytes, share))
	}

	/**
	 * Hands these contents to `sink`; resolves when all were taken, with those that could not be sent and why. Takes a slice of `wishes`
	 * at a time; a list asked for while two others are under way waits for its turn. Rejects when the sink does.
	 */
	async send(wishes: Iterable<Wish>, sink: ContentSink): Promise<ReadonlyMap<number, Fault>> {
		const list = {sink, faults: new Map<number, Fault>()}
		try {
			await this.#lists(() => this.#sendList(wishes, list))
			return list.faults
		} catch (error) {
			for (const limit of [this.#lists, this.#packs, this.#transfers]) limit.clearQueue()
			throw error
		}
	}

	async #sendList(wishes: Iterable<Wish>, list: List): Promise<void> {
		const slices = slicesOf(wishes)
		let slice = slices.next()
		let ahead = this.#lookUp(slice.value)
		while (slice.done !== true) {
			const [items, sources] = [slice.value, await ahead]
			slice = slices.next()
			ahead = this.#lookUp(slice.value)
			await this.#sendSlice(items, sources, list)
		}
		await this.#learn()
	}

	/** The files of a slice, in its order (undefined: there is no such file any more); asked for while the slice before it is being sent. */
	#lookUp(items: readonly Wish[] = []): Promise<readonly (Source | undefined)[]> {
		const {known} = this.#parts
		const sources = items.map(known)
		const looking = this.#inIndex(items.filter((_, i) => sources[i] === undefined)).then((found) =>
			found.size === 0 ? sources : items.map(({id}, i) => sources[i] ?? found.get(id)),
		)
		looking.catch(() => {})
		return looking
	}

	/** By id of the item. */
	async #inIndex(items: readonly Wish[]): Promise<ReadonlyMap<number, Source>> {
		const found = new Map<number, Source>()
		if (items.length === 0) return found
		const paths = items.flatMap(({path, alternative}) => (alternative === null ? [path] : [path, alternative]))
		const records = await this.#parts.records(paths)
		for (const {id, path, alternative} of items) {
			const record = [path, alternative].map((at) => (at === null ? undefined : records.get(at))).find(isFileRecord)
			if (record === undefined) continue
			found.set(id, {path: record.path, disk: record.disk, isHashed: record.state.hash !== null})
		}
		return found
	}

	async #sendSlice(wishes: readonly Wish[], sources: readonly (Source | undefined)[], list: List): Promise<void> {
		const packs: Pack[] = []
		const large: (() => Promise<void>)[] = []
		for (const [i, wish] of wishes.entries()) {
			const source = sources[i]
			if (!this.#isSent(source)) await this.#sendFault(wish, gone, list)
			else if (source.disk.size > largeBytes) large.push(() => this.#sendLarge(wish, source, list))
			else addTo(packs, wish, source)
		}
		const reads: (Promise<ReadPack> | undefined)[] = []
		const send = async (pack: Pack, i: number): Promise<void> => {
			for (const [k, next] of packs.slice(i, i + readAhead).entries()) reads[i + k] ??= this.#readPack(next)
			const content = await (reads[i] ?? this.#readPack(pack))
			reads[i] = undefined
			await this.#sendPack(pack, content, list)
		}
		const jobs = packs.map((pack, i) => this.#packs(() => this.#transfers(() => send(pack, i))))
		for (const job of large) jobs.push(this.#transfers(job))
		await Promise.all(jobs)
	}

	#readPack(pack: Pack): Promise<ReadPack> {
		const {root, reader, nowMs} = this.#parts
		const atMs = nowMs()
		const order = orderOf(pack)
		const reading = reader()
			.call('readPack', {root, order}, [order.stamps.buffer])
			.then((contents) => ({...contents, atMs}))
		reading.catch(() => {})
		return reading
	}

	/** A file that is not there as the index knows it, or that the rules ignore, is not sent. */
	#isSent(source: Source | undefined): source is Source {
		return source !== undefined && !this.#parts.isIgnored(source.path, false)
	}

	async #sendFault({id}: Wish, fault: Fault, {sink, faults}: List): Promise<void> {
		faults.set(id, fault)
		await sink.pack(faultRow(id, fault), new Uint8Array(0))
	}

	async #sendPack({wishes, sources}: Pack, {hashes, faults, buffer, used, atMs}: ReadPack, list: List): Promise<void> {
		const again: Wish[] = []
		const ids = new Uint32Array(wishes.length)
		const sizes = new Uint32Array(wishes.length)
		const told: (readonly [number, Fault])[] = []
		const faultOf = faultsIn(faults)
		let count = 0
		for (const [row, wish] of wishes.entries()) {
			const source = sources[row]
			if (source === undefined) continue
			const fault = faultOf(row)
			if (fault !== undefined && hasAlternative(wish, source)) {
				again.push(wish)
				continue
			}
			if (fault === undefined) {
				sizes[count] = source.disk.size
				this.#noteHash(source, () => hashAt(hashes, row), atMs)
			} else {
				told.push([count, fault])
				list.faults.set(wish.id, fault)
			}
			ids[count] = wish.id
			if (count < row) hashes.copyWithin(count * hashBytes, row * hashBytes, (row + 1) * hashBytes)
			count++
		}
		if (count > 0) {
			const rows: PackRows = {
				ids: ids.subarray(0, count),
				sizes: sizes.subarray(0, count),
				hashes: hashes.subarray(0, count * hashBytes),
				faults: told,
			}
			await list.sink.pack(rows, new Uint8Array(buffer, 0, used))
			this.#parts.onSent(count, used)
		}
		if (this.#learned.length >= learnBatch) await this.#learn()
		for (const wish of again) await this.#sendAlternative(wish, list)
	}

	/** The path made room while it was about to be read: its content lies under the conflict copy's name by now. */
	async #sendAlternative(wish: Wish, list: List): Promise<void> {
		if (wish.alternative === null) return
		const moved = {...wish, path: wish.alternative, alternative: null}
		const source = (await this.#inIndex([moved])).get(moved.id)
		await (this.#isSent(source) ? this.#sendLarge(moved, source, list) : this.#sendFault(moved, gone, list))
	}

	async #sendLarge(wish: Wish, source: Source, list: List): Promise<void> {
		const {root, onSent, onFile} = this.#parts
		const {sink, faults} = list
		const {id} = wish
		const {path, disk} = source
		let done = 0
		const reader = this.#parts.reader()
		const atMs = this.#parts.nowMs()
		const fault = await reader.call('openFile', {root, item: {id, path, disk, keptAs: keptAsOf(wish, source)}})
		if (fault !== null)
			return hasAlternative(wish, source) ? this.#sendAlternative(wish, list) : this.#sendFault(wish, fault, list)
		await sink.open(id, disk.size)
		const spares: ArrayBuffer[] = []
		const next = (): Promise<Piece> => {
			const spare = spares.pop()
			const args = {id, bytes: this.#pieceBytes, spare}
			const piece = reader.call('readPiece', args, spare === undefined ? [] : [spare])
			piece.catch(() => {})
			return piece
		}
		try {
			let ahead = next()
			for (;;) {
				const piece = await ahead
				if (piece.kind === 'fault') {
					faults.set(id, piece.fault)
					await sink.end(id, {fault: piece.fault})
					return
				}
				if (piece.kind === 'piece') ahead = next()
				const bytes = new Uint8Array(piece.buffer)
				done += bytes.byteLength
				onFile({kind: 'file', path, way: 'up', done: Math.min(done, disk.size - 1), total: disk.size})
				if (bytes.byteLength > 0) {
					await sink.piece(id, bytes, (buffer) => spares.push(buffer))
				}
				if (piece.kind === 'last') {
					this.#noteHash(source, () => piece.hash, atMs)
					await sink.end(id, {hash: piece.hash})
					onSent(1, bytes.byteLength)
					return
				}
				onSent(0, bytes.byteLength)
			}
		} finally {
			onFile({kind: 'file', path, way: 'up', done: disk.size, total: disk.size})
			await reader.call('closeFile', {id}).catch(() => {})
		}
	}

	/** `atMs`: when its content was about to be read. */
	#noteHash({path, disk, isHashed}: Source, hash: () => Hash, atMs: number): void {
		if (!isHashed) this.#learned.push({path, hash: hash(), racy: isRacy(disk.mtimeMs, atMs)})
	}

	async #learn(): Promise<void> {
		const learned = this.#learned
		this.#learned = []
		await this.#parts.learnHashes(learned)
	}
}

function* slicesOf(items: Iterable<Wish>): Generator<readonly Wish[], undefined> {
	let slice: Wish[] = []
	let most: number = sliceItems.first
	for (const item of items) {
		slice.push(item)
		if (slice.length < most) continue
		yield slice
		slice = []
		most = sliceItems.next
	}
	if (slice.length > 0) yield slice
	return undefined
}

/** Cuts small files into packs, bounded in bytes and count. */
function addTo(packs: Pack[], wish: Wish, source: Source): void {
	const {size} = source.disk
	let pack = packs.at(-1)
	if (
		pack === undefined ||
		pack.bytes + size > contentLimits.packBytes ||
		pack.wishes.length >= contentLimits.packFiles
	) {
		pack = {wishes: [], sources: [], bytes: 0}
		packs.push(pack)
	}
	pack.wishes.push(wish)
	pack.sources.push(source)
	pack.bytes += size
}

function orderOf({wishes, sources}: Pack): PackOrder & {readonly stamps: Float64Array<ArrayBuffer>} {
	const stamps = new Float64Array(stampWidth * sources.length)
	const keptAs = new Map<number, RelPath>()
	for (const [row, source] of sources.entries()) {
		setStamp(stamps, row, source.disk)
		const kept = keptAsOf(wishes[row], source)
		if (kept !== null) keptAs.set(row, kept)
	}
	return {paths: joinNames(sources.map(({path}) => path)), stamps, keptAs}
}

/** See `ReadItem`. */
const keptAsOf = (wish: Wish | undefined, {path}: Source): RelPath | null =>
	wish !== undefined && path === wish.path ? wish.alternative : null

/** Is there another name to look for it? */
const hasAlternative = ({alternative}: Wish, {path}: Source): boolean => alternative !== null && path !== alternative

const gone: Fault = {code: 'CHANGED', message: 'it is not there any more'}
