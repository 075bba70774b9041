// A device of the tests: a real folder, a real index and a clock of its own. Opens, closes and loses them; knows no peer.
import {cpSync, existsSync, mkdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {Replica} from '../../../src/lib/replica/replica.js'
import type {Self} from '../../../src/lib/session/greeting.js'
import {FolderDisk, type FolderOptions} from './folder.js'

export interface DeviceOptions extends FolderOptions {
	/** Folder of all that the device has. */
	readonly home: string
	readonly random: (bytes: number) => Uint8Array
	readonly worldMs: () => number
	readonly maxConcurrency: number
}

export class Device {
	readonly name: string
	readonly disk: FolderDisk
	/** Seconds that its clock is ahead of the world's. */
	skewSec = 0
	/** Ignore rules of its config; set them while it is closed. */
	ignore: readonly string[] = []
	readonly #options: DeviceOptions
	#replica: Replica | undefined

	constructor(name: string, options: DeviceOptions) {
		this.name = name
		this.#options = options
		const root = join(options.home, name, 'tree')
		mkdirSync(root, {recursive: true})
		this.disk = new FolderDisk(root, options)
	}

	nowMs = (): number => this.#options.worldMs() + this.skewSec * 1000

	get self(): Self {
		return {
			software: 'engine test',
			name: this.name,
			maxDeletePercent: 100,
			maxConcurrency: this.#options.maxConcurrency,
			nowMs: this.nowMs,
			random: this.#options.random,
		}
	}

	async replica(): Promise<Replica> {
		this.#replica ??= await Replica.open({
			root: this.disk.root,
			indexDir: this.#indexDir,
			ignore: this.ignore,
			trashDays: 30,
			nowMs: this.nowMs,
			random: this.#options.random,
			firstSync: false,
		})
		return this.#replica
	}

	async close(): Promise<void> {
		const replica = this.#replica
		this.#replica = undefined
		await replica?.close()
	}

	async scan(): Promise<void> {
		await (await this.replica()).scan(new AbortController().signal)
	}

	async loseIndex(): Promise<void> {
		await this.close()
		rmSync(this.#indexDir, {recursive: true, force: true})
	}

	/** Keeps the index as it is now, as a backup does. */
	async backUp(): Promise<void> {
		await this.replica()
		await this.close()
		rmSync(this.#backup, {recursive: true, force: true})
		cpSync(this.#indexDir, this.#backup, {recursive: true})
	}

	/** Puts the index of the last backup back; without one the index is lost. */
	async restore(): Promise<void> {
		await this.loseIndex()
		if (existsSync(this.#backup)) cpSync(this.#backup, this.#indexDir, {recursive: true})
	}

	get #indexDir(): string {
		return join(this.#options.home, this.name, 'state')
	}

	get #backup(): string {
		return join(this.#options.home, this.name, 'backup')
	}
}
