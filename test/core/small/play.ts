// Plays small histories on two replicas in memory: what each side may do, one sync of each pair, and what must be true afterwards.
import type {RelPath} from '../../../src/lib/core/paths.js'
import type {Disk, Node} from '../model/disk.js'
import {type EditCounter, Replica} from '../model/replica.js'
import {calm, planOf, round} from '../model/round.js'
import {faultOf, type Seen, seenIn, wantedAfter} from './contract.js'
import {operate, operateByWords, operationsOn} from './operations.js'

export type StartName = 'empty' | 'synced'
export const startNames: readonly StartName[] = ['empty', 'synced']

/** What a user did to one side, and the side after it; scanned. */
export interface Variant {
	readonly words: readonly string[]
	readonly replica: Replica
	/** What a scan between two operations saw. */
	readonly seen: ReadonlyMap<RelPath, Seen>
}

/** A start with all that may happen to each side. Every variant of one side meets every variant of the other. */
export interface Start {
	readonly name: StartName
	readonly base: ReadonlyMap<RelPath, Node>
	readonly laptop: readonly Variant[]
	readonly phone: readonly Variant[]
}

export const startedSec = 1_750_000_000
/** When each user works. The phone is always later: the other order is the same history with the names changed. */
export const workSec = {laptop: startedSec + 100, phone: startedSec + 200}
export const syncSec = startedSec + 10_000

/** The counters of edits of copies must not meet. */
const copyOf = (replica: Replica, edits: EditCounter): Replica => new Replica(replica.name, edits, replica)

/** What both sides hold at a synced start. Each file has its own time, so that no conflict is within `mtime_skew_sec`. */
export function makeStart(disk: Disk): void {
	for (const [i, words] of ['create a', 'mkdir d', 'create d/a'].entries())
		operateByWords(words, disk, 'start', startedSec + i * 10)
}

function syncedStart(): readonly [Replica, Replica] {
	const edits = {last: 0}
	const [laptop, phone] = [new Replica('laptop', edits), new Replica('phone', edits)]
	makeStart(laptop.disk)
	round(laptop, phone, {...calm, nowSec: startedSec + 50})
	return [laptop, phone]
}

/** All that a plan can tell of a side: two variants with one key end alike in every history. */
function keyOf({replica: {disk, index}, seen}: Variant, start: Replica): string {
	const nodes = [...disk.nodes].map(([path, node]) => {
		const was = start.disk.at(path)
		return [path, node.kind, node.content, node.mtime, node.mode, node.ino === was?.ino, node.ctime === was?.ctime]
	})
	const records = [...index.values()].map(({path, state, version, parts}) => [path, state, version, parts])
	return JSON.stringify([nodes.sort(), records.sort(), [...seen].sort()])
}

/** All that up to `most` operations make of a side. `looks`: also with a scan after the first operation. */
function variantsOf(start: Replica, most: number, looks: boolean): Variant[] {
	const atSec = start.name === 'laptop' ? workSec.laptop : workSec.phone
	const found = new Map<string, Variant>()
	const extend = (variant: Variant, isScanned: boolean, left: number): void => {
		const scanned = copyOf(variant.replica, {last: start.name === 'laptop' ? 2e6 : 3e6})
		scanned.scan(atSec + 50)
		const done = {...variant, replica: scanned}
		const key = keyOf(done, start)
		if (!found.has(key)) found.set(key, done)
		if (left === 0) return
		const operations = operationsOn(variant.replica.disk)
		for (const operation of operations) {
			const replica = copyOf(variant.replica, {last: 0})
			operate(operation, replica.disk, start.name, atSec)
			extend({...variant, words: [...variant.words, operation.words], replica}, isScanned, left - 1)
		}
		if (isScanned || !looks || left !== 1 || variant.words.length === 0) return
		const looked = copyOf(variant.replica, {last: start.name === 'laptop' ? 1e6 : 1.5e6})
		looked.scan(atSec + 10)
		const seen = seenIn(looked.disk.nodes, start.disk.nodes)
		extend({words: [...variant.words, 'scan'], replica: looked, seen}, true, left)
	}
	extend({words: [], replica: start, seen: new Map()}, false, most)
	return [...found.values()]
}

export interface Extent {
	/** Operations a side at most. */
	readonly ops: number
	/** Also with a scan between two operations. */
	readonly looks: boolean
}

export function startOf(name: StartName, {ops, looks}: Extent): Start {
	const [laptop, phone] =
		name === 'synced' ? syncedStart() : [new Replica('laptop', {last: 0}), new Replica('phone', {last: 0})]
	return {
		name,
		base: laptop.disk.nodes,
		laptop: variantsOf(laptop, ops, looks),
		phone: variantsOf(phone, ops, looks),
	}
}

/** What two variants come to, synced once by either side; undefined: all as it must be. */
export function faultIn(base: Start['base'], one: Variant, other: Variant): string | undefined {
	const wanted = wantedAfter(
		base,
		{name: 'laptop', folder: one.replica.disk.nodes, seen: one.seen},
		{name: 'phone', folder: other.replica.disk.nodes, seen: other.seen},
	)
	try {
		for (const leader of ['laptop', 'phone']) {
			const edits = {last: 4e6}
			const [laptop, phone] = [copyOf(one.replica, edits), copyOf(other.replica, edits)]
			const [first, second] = leader === 'laptop' ? [laptop, phone] : [phone, laptop]
			const told = `the ${leader} leads`
			round(first, second, {...calm, nowSec: syncSec})
			for (const {name, disk} of [laptop, phone]) {
				const fault = faultOf(wanted, disk.nodes)
				if (fault !== undefined) return `${told}: on the ${name} ${fault}`
			}
			if (laptop.disk.picture() !== phone.disk.picture())
				return `${told}: the sides differ\n${laptop.disk.picture()}\n-\n${phone.disk.picture()}`
			const again = round(second, first, {...calm, nowSec: syncSec + 10}).plan
			const full = planOf({local: first, remote: second}, {...calm, nowSec: syncSec + 20, full: true})
			for (const plan of [again, full]) {
				const step = [...plan.local, ...plan.remote][0]
				if (step !== undefined) return `${told}: a second run has to ${step.do} ${step.path}`
			}
		}
	} catch (error) {
		return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
	}
	return undefined
}

const side = ({words}: Variant): string => (words.length === 0 ? 'nothing' : words.join(', then '))

/** A history as a person reads it. */
export const describeHistory = (start: StartName, one: Variant, other: Variant): string =>
	`from ${start === 'empty' ? 'two empty folders' : 'a, d and d/a on both sides'}\n  laptop: ${side(one)}\n  phone:  ${side(other)}`

export interface Counted {
	readonly histories: number
	readonly faults: readonly string[]
}

/** Plays histories by their number: the laptop's variant times the count of the phone's, plus the phone's. Hands out each fault as it is found. */
export function playAll(
	{name, base, laptop, phone}: Start,
	numbers: Iterable<number>,
	onFault: (text: string) => void = () => {},
): Counted {
	const faults: string[] = []
	let histories = 0
	for (const number of numbers) {
		const [one, other] = [laptop[Math.floor(number / phone.length)], phone[number % phone.length]]
		if (one === undefined || other === undefined) throw new RangeError(`there is no history ${number}`)
		histories++
		const fault = faultIn(base, one, other)
		if (fault === undefined) continue
		const text = `${describeHistory(name, one, other)}\n  ${fault}`
		faults.push(text)
		onFault(text)
	}
	return {histories, faults}
}
