// Replicas, time and the oracle: plays histories and says what must be true at their end.
import {deepEqual, equal, fail, ok} from 'node:assert/strict'
import {isLive} from '../../../src/lib/core/entries/entry.js'
import {compareVersions} from '../../../src/lib/core/entries/versions.js'
import {nameOf, type RelPath} from '../../../src/lib/core/paths.js'
import type {Direction} from '../../../src/lib/core/plan/plan.js'
import type {Disk} from './disk.js'
import {type Edit, Ledger, perform} from './edits.js'
import {device, type EditCounter, Replica} from './replica.js'
import {calm, planOf, type RoundOptions, round} from './round.js'

export interface SyncEvent {
	readonly event: 'sync'
	readonly leader: number
	/** How far after the leader. */
	readonly follower: number
	readonly direction: Direction
	readonly force: boolean
	/** 0: every step works; else a seed of which fail. */
	readonly failing: number
	readonly crash: {
		readonly leader: boolean
		readonly done: number
		readonly noted: number
		readonly half: boolean
		readonly otherDone: number
	} | null
}

export type Event =
	| {readonly event: 'edit'; readonly on: number; readonly edit: Edit}
	| SyncEvent
	| {readonly event: 'look'; readonly on: number}
	| {readonly event: 'wait'; readonly sec: number}
	| {readonly event: 'clock'; readonly on: number; readonly skewSec: number}
	| {readonly event: 'lose'; readonly on: number}

/** One step in four fails, by a hash of its id and the seed. */
const failsBy = (seed: number) => (id: number) => seed !== 0 && (Math.imul(id * 31 + seed, 0x9e3779b1) >>> 28) % 4 === 0

/** An edit of what is not there becomes one of something that is, so that few edits come to nothing. */
function onSomething(edit: Edit, disk: Disk): Edit {
	if (edit.do === 'write' || edit.do === 'common' || edit.do === 'link' || edit.do === 'mkdir') return edit
	if (disk.at(edit.at) !== undefined) return edit
	const paths = [...disk.nodes.keys()].sort()
	const at = paths[(edit.at.length * 7) % paths.length]
	return at === undefined ? edit : {...edit, at}
}

const started = 1_750_000_000

export class World {
	readonly replicas: readonly Replica[]
	readonly ledger = new Ledger()
	nowSec = started
	/** Paths that one side deleted when both had the same, and that nobody wrote since. */
	readonly doomed = new Set<RelPath>()
	readonly #edits: EditCounter = {last: 0}
	/** How many databases were lost so far: each new one is a device of its own. */
	#devices = 0
	/** False once a crash or a lost index made edits that no user made: conflicts may then be between copies of one edit. */
	real = true

	constructor(names: readonly string[]) {
		this.replicas = names.map((name) => new Replica(name, this.#edits))
	}

	replica(i: number): Replica {
		const found = this.replicas[i % this.replicas.length]
		if (found === undefined) throw new RangeError('no replica')
		return found
	}

	play(events: readonly Event[]): void {
		for (const event of events) {
			this.nowSec++
			switch (event.event) {
				case 'edit':
					this.#edit(this.replica(event.on), event.edit)
					break
				case 'sync':
					this.#sync(event)
					break
				case 'look':
					this.replica(event.on).scan(this.nowSec)
					break
				case 'wait':
					this.nowSec += event.sec
					break
				case 'clock':
					this.replica(event.on).skewSec = event.skewSec
					break
				case 'lose': {
					const replica = this.replica(event.on)
					replica.loseIndex(device(`${replica.name}${'bcdefghijklmnopqrstuvwxyz'[this.#devices++ % 25]}`))
					this.doomed.clear()
					this.real = false
				}
			}
		}
	}

	#edit(replica: Replica, edit: Edit): void {
		const others = this.replicas.filter((one) => one !== replica)
		const isShared = (path: RelPath): boolean => {
			const mine = replica.index.get(path)
			const node = replica.disk.at(path)
			if (mine === undefined || node === undefined || mine.disk?.ctimeMs !== node.ctime) return false
			return others.every((other) => {
				const theirs = other.index.get(path)
				const there = other.disk.at(path)
				if (theirs === undefined || there === undefined || theirs.disk?.ctimeMs !== there.ctime) return false
				return isLive(theirs.state) && compareVersions(mine.version, theirs.version) === 'equal'
			})
		}
		const shared = new Set([...replica.disk.nodes.keys()].filter(isShared))
		const mtime = (this.nowSec + replica.skewSec) * 1e6 + (this.nowSec % 7) * 100_001
		const touched = perform(onSomething(edit, replica.disk), replica.disk, mtime, this.ledger)
		for (const path of touched) {
			// A write below a doomed folder, or where it stood, gives it a reason to be again.
			for (const one of [...this.doomed]) if (path === one || path.startsWith(`${one}/`)) this.doomed.delete(one)
		}
		for (const path of touched) if (replica.disk.at(path) === undefined && shared.has(path)) this.doomed.add(path)
		for (const one of [...this.doomed])
			if (
				this.replicas.some(({disk}) =>
					[...disk.nodes.keys()].some((path) => path.startsWith(`${one}/`) && !this.doomed.has(path)),
				)
			)
				this.doomed.delete(one)
	}

	#sync(event: SyncEvent): void {
		const [leader, follower] = [this.replica(event.leader), this.replica(event.leader + event.follower)]
		const crash =
			event.crash === null
				? null
				: {
						...event.crash,
						side: event.crash.leader ? ('local' as const) : ('remote' as const),
						noted: Math.min(event.crash.noted, event.crash.done),
					}
		const options: RoundOptions = {
			...calm,
			nowSec: this.nowSec,
			direction: event.direction,
			force: event.force,
			fails: failsBy(event.failing),
			crash,
		}
		const isFirst = !leader.agreements.has(follower.device)
		const isPlain = event.failing === 0 && crash === null
		const [a, b] = [new Replica(leader.name, {last: 1e6}, leader), new Replica(follower.name, {last: 1e6}, follower)]
		for (const replica of [a, b]) replica.scan(this.nowSec)
		const {plan, failed} = round(leader, follower, options, this.real)
		if (isFirst && !event.force) {
			for (const [side, replica] of [
				['local', a],
				['remote', b],
			] as const)
				for (const step of plan[side])
					if (step.do === 'remove' && replica.disk.at(step.path) !== undefined && !this.#wasShared(a, b, step.path))
						fail(`${step.path}: deleted by a first sync`)
		}
		if (crash !== null) {
			this.real = false
			this.doomed.clear()
		}
		if (!isPlain) return
		equal(failed.size, 0)
		// Who starts it does not matter, but to versions.
		const mirrored = event.direction === 'both' ? 'both' : event.direction === 'push' ? 'pull' : 'push'
		round(b, a, {...options, direction: mirrored}, false)
		equal(a.disk.picture(), leader.disk.picture(), 'the other leader gives another result')
		equal(b.disk.picture(), follower.disk.picture(), 'the other leader gives another result')
	}

	/** Through a third replica two that never met may share a past: then a deletion is no surprise. */
	#wasShared(a: Replica, b: Replica, path: RelPath): boolean {
		const [mine, theirs] = [a.index.get(path), b.index.get(path)]
		if (mine === undefined || theirs === undefined) return false
		const order = compareVersions(mine.version, theirs.version)
		return order === 'before' || order === 'after'
	}

	/** Syncs pair after pair until nothing is left to do; fails when that takes more rounds than it may. */
	settleDown(order: readonly (readonly [number, number])[], mostCycles: number): void {
		for (let cycle = 0; ; cycle++) {
			let steps = 0
			for (const [i, j] of order) {
				this.nowSec += 5
				const {plan, failed} = round(this.replica(i), this.replica(j), {...calm, nowSec: this.nowSec}, this.real)
				equal(failed.size, 0)
				steps += plan.local.length + plan.remote.length
				equal(this.replica(i).disk.picture(), this.replica(j).disk.picture(), 'a full sync leaves both sides unequal')
			}
			if (steps === 0) return
			if (cycle >= mostCycles) fail(`not settled after ${mostCycles} cycles`)
		}
	}

	/** What must be true once all have synced. */
	check(): void {
		const first = this.replica(0)
		for (const replica of this.replicas) {
			equal(replica.disk.picture(), first.disk.picture(), 'unequal trees')
			const contents = replica.disk.contents()
			for (const content of this.ledger.owed()) ok(contents.has(content), `${content} is lost on ${replica.name}`)
			for (const path of this.doomed) equal(replica.disk.at(path), undefined, `${path} came back on ${replica.name}`)
			deepEqual(replica.scan(this.nowSec), [], 'the index does not say what the disk shows')
		}
		for (const other of this.replicas.slice(1)) {
			const plan = planOf({local: first, remote: other}, {...calm, nowSec: this.nowSec, full: true})
			deepEqual(
				{...plan, conflicts: []},
				{local: [], remote: [], conflicts: [], leftAlone: [], heldBack: [], unknown: []},
				'a full comparison finds work',
			)
		}
	}

	copies(): RelPath[] {
		return [...this.replica(0).disk.nodes.keys()].filter((path) => nameOf(path).includes('.sync-conflict-'))
	}
}
