// The worker threads of one folder: one that looks and reads, one that writes. Started when they are needed, ended together.
import type {KnownMount} from '../core/folder/mounts.js'
import type {ScanBatch, ScanProgress, ScanResult} from '../tree/index.js'
import {Thread} from '../tree/worker/thread.js'

/**
 * Rows that a scan hands over at once: 98 batches for 100,000 files, some 80 kB each. Four times as many come with 118 kB of paths, which
 * lie in memory that was never touched each time, on both threads: 5 % of a scan of 100,000 files.
 */
const batchRows = 1024

/** A scanning thread that saw fewer entries than this may stay. */
const keptScanner = 40_000

/** So many changes, and a scan's own thread reads what they want read, however large the tree: another one would take 0.1 s of CPU. */
const fewChanges = 1000

/** What a plan puts on the disk here: its steps, and the bytes of the contents among them. */
export interface WritingWork {
	readonly steps: number
	readonly bytes: number
}

/**
 * A plan of at most this much is carried out by the thread that reads, where there is one: to start another takes 0.1 s of CPU and
 * touches 2,600 pages, and little is gained by reading out and writing at once.
 */
const sharedWork: WritingWork = {steps: 1000, bytes: 32 * 1024 * 1024}

export class WorkerPool {
	#reader: Thread | undefined
	#scanner: Thread | undefined
	#writer: Thread | undefined
	/** Of the scanning thread that ended last. */
	#ended: Promise<void> | undefined
	#closing = false
	/** Of the scan under way: its rows until now, and the changes among them. */
	#rows = 0
	#changes = 0

	/** A pool whose scanning thread is starting. */
	static started(): WorkerPool {
		const pool = new WorkerPool()
		pool.startScanner()
		return pool
	}

	/** Ahead of a scan, because its start takes as long as opening the index. */
	startScanner(): void {
		this.#scanner ??= new Thread('scan')
	}

	/** The thread that reads contents out. One that died (out of memory, say) is replaced. */
	get reader(): Thread {
		if (this.#reader === undefined || (this.#reader.isDead && !this.#closing)) this.#reader = new Thread('read')
		return this.#reader
	}

	/**
	 * The thread that writes so much into the folder. Ask as soon as it is known to be needed: its start takes 50 ms. A plan must keep the
	 * one it began with: another knows nothing of what was staged.
	 */
	writerFor({steps, bytes}: WritingWork): Thread {
		const isLittle = steps <= sharedWork.steps && bytes <= sharedWork.bytes
		if (this.#writer === undefined && isLittle && this.#reader?.isDead === false) return this.#reader
		if (this.#writer === undefined || (this.#writer.isDead && !this.#closing)) this.#writer = new Thread('write')
		return this.#writer
	}

	/**
	 * Scans in a thread of its own; `onEvent` hears how far it is, and all rows but the last. After a large tree, which leaves some
	 * 50 MB of dead heap behind, the thread ends; else, and where little changed, it goes on as the reader, whose start is spared so.
	 */
	async scan(
		root: string,
		ignoreLines: readonly string[],
		mounts: readonly KnownMount[],
		onEvent: (event: ScanProgress | ScanBatch) => void,
	): Promise<ScanResult> {
		this.#scanner ??= this.#reader !== undefined && !this.#reader.isDead ? this.#reader : new Thread('scan')
		const scanner = this.#scanner
		this.#rows = 0
		this.#changes = 0
		try {
			const result = await scanner.call('scan', {root, ignoreLines, mounts, batchRows}, [], (event) => {
				if (event.phase === 'rows') this.#rows += event.rows.count
				this.#startReader()
				onEvent(event)
			})
			this.#rows += result.count
			const stays = this.#rows < keptScanner || (this.#changes > 0 && this.#changes <= fewChanges)
			if (stays && this.#reader === undefined && !this.#closing) this.#reader = scanner
			return result
		} finally {
			this.#scanner = undefined
			if (this.#reader !== scanner) this.#ended = scanner.close()
		}
	}

	/** The scan under way met changes: contents will be read behind it. */
	noteChanges(paths: number): void {
		this.#changes += paths
		this.#startReader()
	}

	/** Where the scanning thread ends with the scan, the reader starts beside it: a tenth of a second that nobody has to wait for. */
	#startReader(): void {
		if (this.#changes > fewChanges && this.#rows >= keptScanner && this.#scanner !== undefined && !this.#closing)
			void this.reader
	}

	/**
	 * Runs work of the threads that scan and read. When the signal is aborted these threads are terminated at once, because a large file or
	 * tree takes minutes, and this rejects with the signal's reason. Never use it while a plan is carried out: the reader may also be the
	 * writer.
	 */
	async during<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
		signal.throwIfAborted()
		const end = (): void => {
			void this.#scanner?.close()
			void this.#reader?.close()
		}
		signal.addEventListener('abort', end, {once: true})
		try {
			return await work()
		} catch (error) {
			signal.throwIfAborted()
			throw error
		} finally {
			signal.removeEventListener('abort', end)
		}
	}

	/** Calls under way reject; hashing a large file would take too long to wait for. */
	async close(): Promise<void> {
		this.#closing = true
		await Promise.all([this.#scanner?.close(), this.#ended, this.#reader?.close(), this.#writer?.close()])
	}
}
