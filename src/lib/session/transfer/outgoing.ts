// Contents on their way to the peer: packs of small files and large ones in pieces, through one queue, within the window.
import pLimit, {type LimitFunction} from 'p-limit'
import type {DiskStamp, Hash} from '../../core/entry.js'
import {isRacy} from '../../core/observe.js'
import type {RelPath} from '../../core/paths.js'
import type {LearnedHash} from '../../index/index.js'
import {isFileRecord} from '../../replica/records.js'
import type {Replica} from '../../replica/replica.js'
import type {Fault, Piece, ReadItem} from '../../tree/index.js'
import {wireLimits} from '../../wire/codes.js'
import {encodePack, encodePiece, type PackRow} from '../../wire/content.js'
import {protocolFault} from '../../wire/fault.js'
import {Credit, decode} from '../../wire/messages.js'
import type {Conversation} from '../conversation.js'
import type {FileEvent} from '../round/types.js'

/** Files above this size travel alone, in pieces. */
const largeBytes = 256 * 1024
/** Packs read ahead of the one that is being sent: keeps the reading thread busy. */
const readAhead = 2
/** Packs under way at once, whatever the number of transfers may be: as many as fit into the window. */
const mostPacks = wireLimits.windowBytes / wireLimits.packBytes
/** Lists under way at once: while the last contents of one are sent, the first of the next are read. */
const mostLists = 2
/** Bytes of large files read and not yet sent, two pieces of each; with very many at once their pieces are smaller. */
const largeReadBytes = 64 * 1024 * 1024
const leastPieceBytes = 64 * 1024
/** Items looked up and queued at a time: bounds the memory that a long list takes. The first are few, so that sending begins soon. */
const sliceItems = {first: 1000, next: 2000} as const
/** Hashes learned on the way are written to the index in batches of this many. */
const learnBatch = 5000

export interface OutgoingItem {
	readonly id: number
	readonly path: RelPath
	/** Where the content is when the path itself has made room by then (a conflict copy). */
	readonly alternative: RelPath | null
}

export interface OutgoingParts {
	readonly conversation: Conversation
	readonly replica: Replica
	/** What is known of a file without a look into the index; asked once for each item, in order. */
	readonly known?: (item: OutgoingItem) => Source | undefined
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

interface LookedUp {
	readonly item: OutgoingItem
	/** undefined: there is no such file any more. */
	readonly source: Source | undefined
}

interface Readable {
	readonly item: OutgoingItem
	readonly read: ReadItem
	readonly isHashed: boolean
}

export class Outgoing {
	readonly #parts: OutgoingParts
	/** Items that could not be sent, and why. */
	readonly faults = new Map<number, Fault>()
	#credit: number = wireLimits.windowBytes
	#creditWaiters: (() => void)[] = []
	#learned: LearnedHash[] = []
	readonly #stopListening: () => void
	/** All transfers of this side, however many lists the peer asks for at once. */
	readonly #transfers: LimitFunction
	readonly #packs: LimitFunction
	readonly #lists: LimitFunction
	readonly #pieceBytes: number

	constructor(parts: OutgoingParts) {
		this.#parts = parts
		const {maxConcurrency} = parts
		const limitTo = (concurrency: number) => pLimit({concurrency, rejectOnClear: true})
		this.#transfers = limitTo(maxConcurrency)
		this.#packs = limitTo(Math.min(maxConcurrency, mostPacks))
		this.#lists = limitTo(mostLists)
		const share = Math.floor(largeReadBytes / 2 / maxConcurrency)
		this.#pieceBytes = Math.max(leastPieceBytes, Math.min(wireLimits.pieceBytes, share))
		parts.conversation.on('credit', (body) => {
			this.#credit += decode(Credit, body, 'credit').bytes
			if (this.#credit > wireLimits.windowBytes) throw protocolFault('more credit than was used')
			this.#wakeCredit()
		})
		this.#stopListening = parts.conversation.onFailure(() => this.#wakeCredit())
	}

	/**
	 * The round is over: the conversation forgets this sender, and all that its round held. Not before the peer has taken
	 * everything, because its credit comes until then.
	 */
	close(): void {
		this.#parts.conversation.off('credit')
		this.#stopListening()
	}

	/**
	 * Sends these contents; resolves when all have left this side. Rejects when the conversation ends. Takes a slice of `items` at a time;
	 * a list asked for while two others are under way waits for its turn.
	 */
	async send(items: Iterable<OutgoingItem>): Promise<void> {
		try {
			await this.#lists(() => this.#sendList(items))
		} catch (error) {
			for (const limit of [this.#lists, this.#packs, this.#transfers]) limit.clearQueue()
			throw error
		}
	}

	async #sendList(items: Iterable<OutgoingItem>): Promise<void> {
		const slices = slicesOf(items)
		let slice = slices.next()
		let ahead = this.#lookUp(slice.value)
		while (slice.done !== true) {
			const ready = this.#readable(await ahead)
			slice = slices.next()
			ahead = this.#lookUp(slice.value)
			await this.#parts.conversation.during(this.#sendSlice(ready))
		}
		await this.#learn()
	}

	/** The files of a slice; asked for while the slice before it is being sent. */
	#lookUp(items: readonly OutgoingItem[] = []): Promise<readonly LookedUp[]> {
		const {known = () => undefined} = this.#parts
		const sources = items.map(known)
		const looking = this.#inIndex(items.filter((_, i) => sources[i] === undefined)).then((found) =>
			items.map((item, i) => ({item, source: sources[i] ?? found.get(item.id)})),
		)
		looking.catch(() => {})
		return looking
	}

	/** By id of the item. */
	async #inIndex(items: readonly OutgoingItem[]): Promise<ReadonlyMap<number, Source>> {
		const found = new Map<number, Source>()
		if (items.length === 0) return found
		const paths = items.flatMap(({path, alternative}) => (alternative === null ? [path] : [path, alternative]))
		const records = await this.#parts.replica.records(paths)
		for (const {id, path, alternative} of items) {
			const record = [path, alternative].map((at) => (at === null ? undefined : records.get(at))).find(isFileRecord)
			if (record === undefined) continue
			found.set(id, {path: record.path, disk: record.disk, isHashed: record.state.hash !== null})
		}
		return found
	}

	async #sendSlice(ready: readonly Readable[]): Promise<void> {
		const packs = packsOf(ready.filter(({read}) => read.disk.size <= largeBytes))
		const reads: (Promise<ReadPack> | undefined)[] = []
		const send = async (pack: readonly Readable[], i: number): Promise<void> => {
			for (let ahead = i; ahead < Math.min(i + readAhead, packs.length); ahead++)
				reads[ahead] ??= this.#readPack(packs[ahead] ?? [])
			const content = await (reads[i] ?? this.#readPack(pack))
			reads[i] = undefined
			await this.#sendPack(pack, content)
		}
		const jobs = packs.map((pack, i) => this.#packs(() => this.#transfers(() => send(pack, i))))
		for (const large of ready.filter(({read}) => read.disk.size > largeBytes))
			jobs.push(this.#transfers(() => this.#sendLarge(large)))
		await Promise.all(jobs)
	}

	#readPack(pack: readonly Readable[]): Promise<ReadPack> {
		const {replica, nowMs} = this.#parts
		const bytes = pack.reduce((sum, {read}) => sum + read.disk.size, 0)
		const items = pack.map(({read}) => read)
		const atMs = nowMs()
		const reading = replica.reader
			.call('readPack', {root: replica.root, items, bytes})
			.then((result) => ({...result, atMs}))
		reading.catch(() => {})
		return reading
	}

	/** Those that are not there as the index knows them are told to the peer as faults. */
	#readable(files: readonly LookedUp[]): Readable[] {
		const {replica} = this.#parts
		const ready: Readable[] = []
		for (const {item, source} of files) {
			if (source === undefined || replica.isIgnored(source.path, false)) {
				this.#sendFault(item, {code: 'CHANGED', message: 'it is not there any more'})
				continue
			}
			const {path, disk, isHashed} = source
			const keptAs = path === item.path ? item.alternative : null
			ready.push({item, read: {id: item.id, path, disk, keptAs}, isHashed})
		}
		return ready
	}

	#sendFault(item: OutgoingItem, fault: Fault): void {
		this.faults.set(item.id, fault)
		this.#parts.conversation.send('pack', encodePack([{id: item.id, fault}], new Uint8Array(0)))
	}

	async #sendPack(pack: readonly Readable[], content: ReadPack): Promise<void> {
		const {conversation, onSent} = this.#parts
		const again: Readable[] = []
		const rows: PackRow[] = []
		content.items.forEach((packed, i) => {
			const source = pack[i]
			if (source === undefined) return
			if ('fault' in packed) {
				const {alternative} = source.item
				if (alternative !== null && source.read.path !== alternative) again.push(source)
				else {
					this.faults.set(packed.id, packed.fault)
					rows.push(packed)
				}
			} else {
				rows.push(packed)
				this.#noteHash(source, packed.hash, content.atMs)
			}
		})
		if (rows.length > 0) {
			await this.#takeCredit(content.used)
			conversation.send('pack', encodePack(rows, new Uint8Array(content.buffer, 0, content.used)))
			await conversation.drained()
			onSent(rows.length, content.used)
		}
		if (this.#learned.length >= learnBatch) await this.#learn()
		for (const {item} of again) await this.#sendAlternative(item)
	}

	/** The path made room while it was about to be read: its content lies under the conflict copy's name by now. */
	async #sendAlternative(item: OutgoingItem): Promise<void> {
		if (item.alternative === null) return
		const moved = {...item, path: item.alternative, alternative: null}
		const source = (await this.#inIndex([moved])).get(moved.id)
		const ready = this.#readable([{item: moved, source}])
		for (const readable of ready) await this.#sendLarge(readable)
	}

	async #sendLarge(readable: Readable): Promise<void> {
		const {item, read} = readable
		const {replica, conversation, onSent, onFile} = this.#parts
		const {path, disk} = read
		let done = 0
		const {reader} = replica
		const atMs = this.#parts.nowMs()
		const fault = await reader.call('openFile', {root: replica.root, item: read})
		if (fault !== null) {
			if (item.alternative !== null && read.path !== item.alternative) return this.#sendAlternative(item)
			return this.#sendFault(item, fault)
		}
		conversation.sendJson('fileOpen', {id: item.id, size: read.disk.size})
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
					this.faults.set(item.id, piece.fault)
					conversation.sendJson('fileEnd', {id: item.id, hash: null, fault: piece.fault})
					return
				}
				if (piece.kind === 'piece') ahead = next()
				const bytes = new Uint8Array(piece.buffer)
				done += bytes.byteLength
				onFile({kind: 'file', path, way: 'up', done: Math.min(done, disk.size - 1), total: disk.size})
				if (bytes.byteLength > 0) {
					await this.#takeCredit(bytes.byteLength)
					conversation.send('fileData', encodePiece(item.id, bytes), () => spares.push(piece.buffer))
					await conversation.drained()
				}
				if (piece.kind === 'last') {
					this.#noteHash(readable, piece.hash, atMs)
					conversation.sendJson('fileEnd', {id: item.id, hash: piece.hash, fault: null})
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

	/** Waits until the peer has taken enough off the wire. One frame may overdraw, so that no frame is too large to go. */
	async #takeCredit(bytes: number): Promise<void> {
		while (this.#credit <= 0) {
			const {failure} = this.#parts.conversation
			if (failure !== undefined) throw failure
			await new Promise<void>((resolve) => this.#creditWaiters.push(resolve))
		}
		this.#credit -= bytes
	}

	#wakeCredit(): void {
		const waiters = this.#creditWaiters
		this.#creditWaiters = []
		for (const wake of waiters) wake()
	}

	/** `atMs`: when its content was about to be read. */
	#noteHash({read: {path, disk}, isHashed}: Readable, hash: Hash, atMs: number): void {
		if (!isHashed) this.#learned.push({path, hash, racy: isRacy(disk.mtimeMs, atMs)})
	}

	async #learn(): Promise<void> {
		const learned = this.#learned
		this.#learned = []
		await this.#parts.replica.learnHashes(learned)
	}
}

interface ReadPack {
	readonly items: readonly (
		| {readonly id: number; readonly hash: Hash; readonly size: number}
		| {readonly id: number; readonly fault: Fault}
	)[]
	readonly buffer: ArrayBuffer
	readonly used: number
	readonly atMs: number
}

function* slicesOf(items: Iterable<OutgoingItem>): Generator<readonly OutgoingItem[], undefined> {
	let slice: OutgoingItem[] = []
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
		if (pack.length > 0 && (bytes + size > wireLimits.packBytes || pack.length >= wireLimits.packFiles)) {
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
