// Contents that the other side wants, read and handed over: packs of small files and large ones in pieces, through one queue.
import pLimit, {type LimitFunction} from 'p-limit'
import {contentLimits} from '../core/content-limits.js'
import type {DiskStamp, Fault, Hash, IndexRecord, PackRow} from '../core/entry.js'
import {isRacy} from '../core/observe.js'
import type {RelPath} from '../core/paths.js'
import type {LearnedHash} from '../index/index.js'
import type {FileEvent} from '../sync/events.js'
import type {ContentSink, Wish} from '../sync/side.js'
import type {Piece, ReadItem, Thread} from '../tree/index.js'
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

interface LookedUp {
	readonly item: Wish
	/** undefined: there is no such file any more. */
	readonly source: Source | undefined
}

interface Readable {
	readonly item: Wish
	readonly read: ReadItem
	readonly isHashed: boolean
}

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
			const ready = await this.#readable(await ahead, list)
			slice = slices.next()
			ahead = this.#lookUp(slice.value)
			await this.#sendSlice(ready, list)
		}
		await this.#learn()
	}

	/** The files of a slice; asked for while the slice before it is being sent. */
	#lookUp(items: readonly Wish[] = []): Promise<readonly LookedUp[]> {
		const {known} = this.#parts
		const sources = items.map(known)
		const looking = this.#inIndex(items.filter((_, i) => sources[i] === undefined)).then((found) =>
			items.map((item, i) => ({item, source: sources[i] ?? found.get(item.id)})),
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

	async #sendSlice(ready: readonly Readable[], list: List): Promise<void> {
		const packs = packsOf(ready.filter(({read}) => read.disk.size <= largeBytes))
		const reads: (Promise<ReadPack> | undefined)[] = []
		const send = async (pack: readonly Readable[], i: number): Promise<void> => {
			for (let ahead = i; ahead < Math.min(i + readAhead, packs.length); ahead++)
				reads[ahead] ??= this.#readPack(packs[ahead] ?? [])
			const content = await (reads[i] ?? this.#readPack(pack))
			reads[i] = undefined
			await this.#sendPack(pack, content, list)
		}
		const jobs = packs.map((pack, i) => this.#packs(() => this.#transfers(() => send(pack, i))))
		for (const large of ready.filter(({read}) => read.disk.size > largeBytes))
			jobs.push(this.#transfers(() => this.#sendLarge(large, list)))
		await Promise.all(jobs)
	}

	#readPack(pack: readonly Readable[]): Promise<ReadPack> {
		const {root, reader, nowMs} = this.#parts
		const bytes = pack.reduce((sum, {read}) => sum + read.disk.size, 0)
		const items = pack.map(({read}) => read)
		const atMs = nowMs()
		const reading = reader()
			.call('readPack', {root, items, bytes})
			.then((result) => ({...result, atMs}))
		reading.catch(() => {})
		return reading
	}

	/** Those that are not there as the index knows them are told to the other side as faults. */
	async #readable(files: readonly LookedUp[], list: List): Promise<Readable[]> {
		const ready: Readable[] = []
		for (const {item, source} of files) {
			if (source === undefined || this.#parts.isIgnored(source.path, false)) {
				await this.#sendFault(item, {code: 'CHANGED', message: 'it is not there any more'}, list)
				continue
			}
			const {path, disk, isHashed} = source
			const keptAs = path === item.path ? item.alternative : null
			ready.push({item, read: {id: item.id, path, disk, keptAs}, isHashed})
		}
		return ready
	}

	async #sendFault({id}: Wish, fault: Fault, {sink, faults}: List): Promise<void> {
		faults.set(id, fault)
		await sink.pack([{id, fault}], new Uint8Array(0))
	}

	async #sendPack(pack: readonly Readable[], content: ReadPack, list: List): Promise<void> {
		const again: Readable[] = []
		const rows: PackRow[] = []
		content.items.forEach((packed, i) => {
			const source = pack[i]
			if (source === undefined) return
			if ('fault' in packed) {
				const {alternative} = source.item
				if (alternative !== null && source.read.path !== alternative) again.push(source)
				else {
					list.faults.set(packed.id, packed.fault)
					rows.push(packed)
				}
			} else {
				rows.push(packed)
				this.#noteHash(source, packed.hash, content.atMs)
			}
		})
		if (rows.length > 0) {
			await list.sink.pack(rows, new Uint8Array(content.buffer, 0, content.used))
			this.#parts.onSent(rows.length, content.used)
		}
		if (this.#learned.length >= learnBatch) await this.#learn()
		for (const {item} of again) await this.#sendAlternative(item, list)
	}

	/** The path made room while it was about to be read: its content lies under the conflict copy's name by now. */
	async #sendAlternative(item: Wish, list: List): Promise<void> {
		if (item.alternative === null) return
		const moved = {...item, path: item.alternative, alternative: null}
		const source = (await this.#inIndex([moved])).get(moved.id)
		const ready = await this.#readable([{item: moved, source}], list)
		for (const readable of ready) await this.#sendLarge(readable, list)
	}

	async #sendLarge(readable: Readable, list: List): Promise<void> {
		const {item, read} = readable
		const {root, onSent, onFile} = this.#parts
		const {sink, faults} = list
		const {path, disk} = read
		let done = 0
		const reader = this.#parts.reader()
		const atMs = this.#parts.nowMs()
		const fault = await reader.call('openFile', {root, item: read})
		if (fault !== null) {
			if (item.alternative !== null && read.path !== item.alternative) return this.#sendAlternative(item, list)
			return this.#sendFault(item, fault, list)
		}
		await sink.open(item.id, read.disk.size)
		const spares: ArrayBuffer[] = []
		const next = (): Promise<Piece> => {
			const spare = spares.pop()
			const args = {id: item.id, bytes: this.#pieceBytes, spare}
			const piece = reader.call('readPiece', args, spare === undefined ? [] : [spare])
			piece.catch(() => {})
			return piece
		}
		try {
			let ahead = next()
			for (;;) {
				const piece = await ahead
				if (piece.kind === 'fault') {
					faults.set(item.id, piece.fault)
					await sink.end(item.id, {fault: piece.fault})
					return
				}
				if (piece.kind === 'piece') ahead = next()
				const bytes = new Uint8Array(piece.buffer)
				done += bytes.byteLength
				onFile({kind: 'file', path, way: 'up', done: Math.min(done, disk.size - 1), total: disk.size})
				if (bytes.byteLength > 0) {
					await sink.piece(item.id, bytes, (buffer) => spares.push(buffer))
				}
				if (piece.kind === 'last') {
					this.#noteHash(readable, piece.hash, atMs)
					await sink.end(item.id, {hash: piece.hash})
					onSent(1, bytes.byteLength)
					return
				}
				onSent(0, bytes.byteLength)
			}
		} finally {
			onFile({kind: 'file', path, way: 'up', done: disk.size, total: disk.size})
			await reader.call('closeFile', {id: item.id}).catch(() => {})
		}
	}

	/** `atMs`: when its content was about to be read. */
	#noteHash({read: {path, disk}, isHashed}: Readable, hash: Hash, atMs: number): void {
		if (!isHashed) this.#learned.push({path, hash, racy: isRacy(disk.mtimeMs, atMs)})
	}

	async #learn(): Promise<void> {
		const learned = this.#learned
		this.#learned = []
		await this.#parts.learnHashes(learned)
	}
}

interface ReadPack {
	readonly items: readonly PackRow[]
	readonly buffer: ArrayBuffer
	readonly used: number
	readonly atMs: number
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
function packsOf(files: readonly Readable[]): Readable[][] {
	const packs: Readable[][] = []
	let pack: Readable[] = []
	let bytes = 0
	for (const file of files) {
		const {size} = file.read.disk
		if (pack.length > 0 && (bytes + size > contentLimits.packBytes || pack.length >= contentLimits.packFiles)) {
			packs.push(pack)
			pack = []
			bytes = 0
		}
		pack.push(file)
		bytes += size
	}
	if (pack.length > 0) packs.push(pack)
	return packs
}
