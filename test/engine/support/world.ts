// Real devices, time and the oracle: plays histories of the core model on the real engine and says what must be true at their end.
import {deepEqual, equal, fail, ok} from 'node:assert/strict'
import {createHash} from 'node:crypto'
import {nameOf, type RelPath} from '../../../src/lib/core/paths.js'
import type {PlanStep} from '../../../src/lib/core/plan/plan.js'
import type {RoundEnd, RoundEvent} from '../../../src/lib/sync/events.js'
import {type Edit, Ledger, perform} from '../../core/model/edits.js'
import type {Event, SyncEvent} from '../../core/model/world.js'
import {Device} from './device.js'
import {syncDirectly} from './direct.js'
import type {FolderOptions} from './folder.js'
import {Knowledge} from './knowledge.js'
import {calm, type Synced, type SyncOptions, syncDevices} from './sync.js'
import {makeTemp, removeTemp} from './temp.js'

export interface WorldOptions extends FolderOptions {
	readonly names: readonly string[]
	/** Rounds over each connection, as a watching node leads them. */
	readonly rounds: number
	/** Syncs are rounds over two local sides, and not over a line; those that are to break off aside. */
	readonly isDirect: boolean
	readonly maxConcurrency: number
	/** Paths of one part of a first sync. */
	readonly partPaths: number
}

type EditEvent = Extract<Event, {event: 'edit'}>

const startedSec = 1_750_000_000

/**
 * How far a clock may be off. Beyond the 180 days for which tombstones are kept a clock that jumps makes a device forget
 * deletions that its peer still knows.
 */
const mostSkewSec = 1e7

/** One node as the oracle compares it. */
const lineOf = (device: Device, path: RelPath): string | undefined => {
	const node = device.disk.at(path)
	return node === undefined
		? undefined
		: `${node.kind} ${node.content} ${node.mtime} ${node.mode} ${node.ctime} ${node.ino}`
}

/** An edit of what is not there becomes one of something that is, so that few edits come to nothing. */
function onSomething(edit: Edit, device: Device): Edit {
	if (edit.do === 'write' || edit.do === 'common' || edit.do === 'link' || edit.do === 'mkdir') return edit
	if (device.disk.at(edit.at) !== undefined) return edit
	const paths = [...device.disk.nodes.keys()].sort()
	const at = paths[(edit.at.length * 7) % paths.length]
	return at === undefined ? edit : {...edit, at}
}

export class World {
	readonly devices: readonly Device[]
	readonly ledger = new Ledger()
	readonly #home = makeTemp()
	readonly #options: WorldOptions
	#nowSec = startedSec
	#random = 0
	/** What stood on every device after the last full sync: path, then each device's line of it. Two devices only. */
	#shared = new Map<RelPath, readonly (string | undefined)[]>()
	/** Paths that one side deleted when both had the same, and that nobody wrote since. */
	readonly #doomed = new Set<RelPath>()
	/** Which edits each device's files have seen; undefined once something happened that only the engine can follow. */
	#knowledge: Knowledge | undefined

	constructor(options: WorldOptions) {
		this.#options = options
		this.devices = options.names.map(
			(name) =>
				new Device(name, {
					...options,
					home: this.#home,
					random: (bytes) => this.#randomBytes(bytes),
					worldMs: () => (options.isNatural ? Date.now() : this.#nowSec * 1000),
				}),
		)
		this.#knowledge = new Knowledge(this.devices)
	}

	device(i: number): Device {
		const found = this.devices[i % this.devices.length]
		if (found === undefined) throw new RangeError('no device')
		return found
	}

	async play(events: readonly Event[]): Promise<void> {
		const waiting = [...events]
		for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
			this.#nowSec++
			switch (event.event) {
				case 'edit':
					this.#edit(event)
					break
				case 'sync': {
					// The edits that come next are made while the round runs.
					const during: EditEvent[] = []
					while (event.failing !== 0 && during.length < 2 && waiting[0]?.event === 'edit') {
						during.push(waiting[0])
						waiting.shift()
					}
					await this.#sync(event, during)
					break
				}
				case 'look':
					await this.device(event.on).backUp()
					await this.device(event.on).scan()
					break
				case 'wait':
					this.#nowSec += event.sec
					// Who waits for long has been off meanwhile.
					if (event.sec > 1) for (const device of this.devices) await device.close()
					break
				case 'clock':
					if (!this.#options.isNatural)
						this.device(event.on).skewSec = Math.max(-mostSkewSec, Math.min(mostSkewSec, event.skewSec))
					break
				case 'lose':
					// A backup put back within the second of the edits after it is nothing that the counters have to stand.
					await (this.#nowSec % 2 === 0 || this.#options.isNatural
						? this.device(event.on).loseIndex()
						: this.device(event.on).restore())
					this.#forget()
			}
		}
	}

	/** Syncs pair after pair until nothing is left to do; fails when that takes more rounds than it may. */
	async settleDown(order: readonly (readonly [number, number])[], mostCycles: number): Promise<void> {
		for (let cycle = 0; ; cycle++) {
			const steps: PlanStep[] = []
			for (const [i, j] of order) {
				this.#nowSec += 5
				const synced = await this.#plainSync(this.device(i), this.device(j))
				steps.push(...stepsOf(synced.outcomes))
			}
			if (steps.length === 0) break
			if (cycle >= mostCycles) fail(`not settled after ${mostCycles} cycles: ${JSON.stringify(steps)}`)
		}
		for (const device of this.devices) device.disk.refresh()
	}

	/** What must be true once all have synced. */
	check(): void {
		const [first] = this.devices
		for (const {name, disk} of this.devices) {
			equal(disk.picture(), first?.disk.picture(), 'unequal trees')
			const contents = disk.contents()
			for (const content of this.ledger.owed()) ok(contents.has(content), `${content} is lost on ${name}`)
			for (const content of contents) ok(this.ledger.written.has(content), `${content} was written by nobody (${name})`)
			deepEqual(disk.shared(), [], `files of ${name} share an inode with others`)
			for (const path of this.#doomed) equal(disk.at(path), undefined, `${path} came back on ${name}`)
		}
	}

	/** With an index lost, equal trees unite without a content moved or a path changed. */
	async checkUnion(): Promise<void> {
		const [first, second] = [this.device(0), this.device(1)]
		await first.loseIndex()
		const {outcomes, movedBytes} = await syncDevices(second, first)
		const moving = stepsOf(outcomes).filter(({do: what}) => what !== 'agree')
		deepEqual(moving, [], 'a union of equal trees changes something')
		equal(movedBytes, 0)
		this.#assertEqual(first, second)
	}

	copies(): RelPath[] {
		return [...this.device(0).disk.nodes.keys()].filter((path) => nameOf(path).includes('.sync-conflict-'))
	}

	async end(): Promise<void> {
		for (const device of this.devices) await device.close()
		removeTemp(this.#home)
	}

	/** The same in every run of a history. */
	#randomBytes(bytes: number): Uint8Array {
		return createHash('sha256')
			.update(`${++this.#random}`)
			.digest()
			.subarray(0, bytes)
	}

	#forget(): void {
		this.#doomed.clear()
		this.#shared.clear()
		this.#knowledge = undefined
	}

	#edit({on, edit}: EditEvent): void {
		const device = this.device(on)
		for (const one of this.devices) one.disk.refresh()
		const isShared = (path: RelPath): boolean => {
			const lines = this.#shared.get(path)
			return lines?.every((line, i) => line !== undefined && line === lineOf(this.device(i), path)) === true
		}
		const shared = new Set([...device.disk.nodes.keys()].filter(isShared))
		const mtime = (this.#nowSec + device.skewSec) * 1e6 + (this.#nowSec % 7) * 100_001
		const touched = this.#perform(onSomething(edit, device), device, mtime)
		device.disk.refresh()
		this.#knowledge?.edit(device, touched)
		for (const path of touched) {
			// A write below a doomed folder, or where it stood, gives it a reason to be again.
			for (const one of [...this.#doomed]) if (path === one || path.startsWith(`${one}/`)) this.#doomed.delete(one)
		}
		for (const path of touched) if (device.disk.at(path) === undefined && shared.has(path)) this.#doomed.add(path)
		for (const one of [...this.#doomed])
			if (
				this.devices.some(({disk}) =>
					[...disk.nodes.keys()].some((path) => path.startsWith(`${one}/`) && !this.#doomed.has(path)),
				)
			)
				this.#doomed.delete(one)
	}

	#perform(edit: Edit, {disk}: Device, mtime: number): readonly RelPath[] {
		if (edit.do !== 'swap') return perform(edit, disk, mtime, this.ledger)
		const [one, other] = [disk.at(edit.at), disk.at(edit.to)]
		if (one?.kind !== 'file' || other?.kind !== 'file' || edit.at === edit.to) return []
		disk.swap(edit.at, edit.to)
		return [edit.at, edit.to]
	}

	async #sync(event: SyncEvent, during: readonly EditEvent[]): Promise<void> {
		const [leader, follower] = [this.device(event.leader), this.device(event.leader + event.follower)]
		const {direction, force, crash} = event
		if (during.length === 0 && crash === null && direction === 'both') {
			await this.#plainSync(leader, follower)
			return
		}
		this.#forget()
		const phase = event.failing % 3 === 0 ? 'compare' : 'transfer'
		let isDone = during.length === 0
		const onEvent = (round: RoundEvent): void => {
			if (isDone || round.kind !== 'phase' || round.phase !== phase) return
			isDone = true
			for (const edit of during) this.#edit(edit)
		}
		const breaksAfter = crash === null ? null : crash.done * 900 + crash.noted * 150 + crash.otherDone * 31
		await this.#kept([leader, follower], () =>
			this.#round(leader, follower, {
				...calm,
				direction,
				force,
				onEvent,
				breaksAfter,
				partPaths: this.#options.partPaths,
			}),
		)
		if (!isDone) for (const edit of during) this.#edit(edit)
		if (crash?.half === true) await leader.close()
		if (crash?.leader === true) await follower.close()
	}

	#round(leader: Device, follower: Device, options: SyncOptions): Promise<Synced> {
		const sync = this.#options.isDirect && options.breaksAfter === null ? syncDirectly : syncDevices
		return sync(leader, follower, options)
	}

	/** A two-way sync that nothing disturbs: both are equal then, nothing failed, and a round more moves nothing. */
	async #plainSync(leader: Device, follower: Device): Promise<Synced> {
		const synced = await this.#kept([leader, follower], () =>
			this.#round(leader, follower, {...calm, rounds: this.#options.rounds, partPaths: this.#options.partPaths}),
		)
		for (const {faults, problems, agreed} of synced.outcomes) {
			deepEqual([...faults.values()], [])
			deepEqual(problems, [])
			ok(agreed, 'nothing was agreed')
		}
		deepEqual(stepsOf(synced.outcomes.slice(1)), [], 'the second round has something to do')
		this.#assertEqual(leader, follower)
		for (const {plan} of synced.outcomes) this.#knowledge?.assertReal(leader, follower, plan.conflicts)
		this.#knowledge?.meet(leader, follower)
		if (this.devices.length === 2) this.#noteShared()
		return synced
	}

	#noteShared(): void {
		this.#shared.clear()
		for (const path of this.device(0).disk.nodes.keys())
			this.#shared.set(
				path,
				this.devices.map((device) => lineOf(device, path)),
			)
	}

	#assertEqual(a: Device, b: Device): void {
		equal(a.disk.refresh().picture(), b.disk.refresh().picture(), 'a full sync leaves both sides unequal')
	}

	/** What a sync takes from a tree is in that tree's trash, whatever becomes of the sync. */
	async #kept(devices: readonly Device[], sync: () => Promise<Synced>): Promise<Synced> {
		const before = devices.map(({disk}) => disk.refresh().contents())
		const synced = await sync()
		for (const [i, {name, disk}] of devices.entries()) {
			const after = disk.refresh().contents()
			const missing = [...(before[i] ?? [])].filter((content) => content !== '' && !after.has(content))
			if (missing.length === 0) continue
			const trashed = disk.trashed()
			for (const content of missing)
				ok(trashed.has(content) || this.ledger.released.has(content), `${content} vanished from ${name}`)
		}
		return synced
	}
}

const stepsOf = (outcomes: readonly RoundEnd[]): PlanStep[] =>
	outcomes.flatMap(({plan}) => [...plan.local, ...plan.remote])
