// Owns the open LevelDB and with it the lock of the folder. Keys and values only: knows no record and no page.
//
// The lock is LevelDB's fcntl lock on db/LOCK (a share mode on Windows): the system frees it when the process ends,
// however it ends. fcntl locks belong to the process, and closing *any* descriptor of that file in the same process
// frees them. So this process must not open the folder twice (LevelDB itself opens and closes LOCK before it
// notices), which `held` prevents; and nothing else in this process may open db/LOCK.
import {realpath} from 'node:fs/promises'
import {type BatchOperation, ClassicLevel} from 'classic-level'
import {explain, locked} from './faults.js'
import {databaseIn, makePrivateFolder, moveAside, requireCurrent} from './folder.js'
import {forgetHolder, noteHolder} from './holder.js'

type Level = ClassicLevel<string, Buffer>
export type Snapshot = ReturnType<Level['snapshot']>

/** One change of a batch; `value` null deletes. */
export interface Put {
	readonly key: string
	readonly value: Buffer | string | null
}

/** Real paths of the folders that this process holds. */
const held = new Set<string>()

/** What LevelDB keeps in memory before it writes a table, in bytes; two of them at times. */
const writeBufferBytes = 256 * 1024

/** LevelDB's own cache of blocks. Pages are read whole and kept decoded by the reader, so a second cache earns nothing. Bytes. */
const cacheBytes = 1024 * 1024

/** Table files; larger than the default 2 MB, so that a million records stay at some 20 files. Bytes. */
const tableBytes = 8 * 1024 * 1024

const newLevel = (location: string): Level =>
	new ClassicLevel<string, Buffer>(location, {
		keyEncoding: 'utf8',
		valueEncoding: 'buffer',
		cacheSize: cacheBytes,
		writeBufferSize: writeBufferBytes,
		maxFileSize: tableBytes,
	})

async function openLevel(location: string): Promise<Level> {
	const level = newLevel(location)
	try {
		await level.open({passive: false})
		return level
	} catch (error) {
		await level.close()
		throw error
	}
}

export class Store {
	readonly dir: string
	readonly #level: Level
	readonly #place: string
	#closing: Promise<void> | undefined

	private constructor(dir: string, place: string, level: Level) {
		this.dir = dir
		this.#place = place
		this.#level = level
	}

	/** Opens or makes the database in `dir`. Errors: FOLDER_LOCKED, INDEX_DAMAGED, STATE_UNUSABLE, DISK_FULL. */
	static async open(dir: string, nowSec: number): Promise<Store> {
		let place: string | undefined
		try {
			await makePrivateFolder(dir)
			const real = await realpath(dir)
			if (held.has(real)) throw await locked(dir)
			held.add(real)
			place = real
			await requireCurrent(databaseIn(real))
			const level = await openLevel(databaseIn(real))
			await noteHolder(real, nowSec)
			return new Store(dir, real, level)
		} catch (error) {
			if (place !== undefined) held.delete(place)
			throw await explain(error, dir)
		}
	}

	/**
	 * Moves the folder aside, damaged or not; another open begins afresh. Returns where it is now, undefined when
	 * there was none. FOLDER_LOCKED when a process holds it.
	 * RACE: between the look at the lock and the rename another process may open it; its writes then fail, since
	 * LevelDB makes its files by path, and nothing of it is deleted.
	 */
	static async destroy(dir: string): Promise<string | undefined> {
		let place: string | undefined
		try {
			const real = await realpath(dir).catch(() => undefined)
			if (real === undefined) return undefined
			if (held.has(real)) throw await locked(dir)
			held.add(real)
			place = real
			await refuseLocked(real)
			return await moveAside(real)
		} catch (error) {
			throw await explain(error, dir)
		} finally {
			if (place !== undefined) held.delete(place)
		}
	}

	/** Runs `task`; what fails in LevelDB, on its disk or in its contents is thrown as the user's error. */
	async guard<T>(task: () => T | Promise<T>): Promise<T> {
		try {
			return await task()
		} catch (error) {
			throw await explain(error, this.dir)
		}
	}

	/** Frozen until closed; reads with it see no later write. */
	snapshot(): Snapshot {
		return this.#level.snapshot()
	}

	getMany(keys: string[], snapshot?: Snapshot): Promise<(Buffer | undefined)[]> {
		return this.#reading(() => this.#level.getMany(keys, snapshot === undefined ? {} : {snapshot}))
	}

	/** All pairs whose key begins with `prefix`, values as text. For small values: they are read at once. */
	pairs(prefix: string): Promise<[key: string, value: string][]> {
		const options = {gte: prefix, lt: `${prefix}\u007f`, valueEncoding: 'utf8'} as const
		return this.#reading(() => this.#level.iterator<string, string>(options).all())
	}

	/** True when it holds nothing at all. */
	async isEmpty(): Promise<boolean> {
		return (await this.#reading(() => this.#level.keys({limit: 1}).all())).length === 0
	}

	async #reading<T>(task: () => Promise<T>): Promise<T> {
		try {
			return await task()
		} catch (error) {
			throw await explain(error, this.dir, true)
		}
	}

	/** One atomic batch; `sync`: on the disk when it resolves. */
	async batch(puts: readonly Put[], sync: boolean): Promise<void> {
		const operations = puts.map(({key, value}): BatchOperation<Level, string, Buffer> => {
			if (value === null) return {type: 'del', key}
			return {type: 'put', key, value: typeof value === 'string' ? Buffer.from(value) : value}
		})
		await this.#level.batch(operations, {sync})
	}

	/** Closes the database, which frees the lock. Running reads end first; a second call waits for the first. */
	close(): Promise<void> {
		this.#closing ??= this.#close()
		return this.#closing
	}

	async #close(): Promise<void> {
		await forgetHolder(this.#place)
		try {
			await this.#level.close()
		} finally {
			held.delete(this.#place)
		}
	}
}

/** Throws when another process holds the database; LevelDB takes the lock before it looks at anything else. */
async function refuseLocked(real: string): Promise<void> {
	try {
		await (await openLevel(databaseIn(real))).close()
	} catch (error) {
		const reason = await explain(error, real)
		if (reason instanceof Error && 'code' in reason && reason.code === 'FOLDER_LOCKED') throw reason
	}
}
