// The first half of a round: both scans, both indexes side by side, the hashes that are needed, the plan.
// Changes nothing on either side but what a scan notes in its own index.

import type {Entry, IndexRecord, Problem, State} from '../core/entries/entry.js'
import type {AgreedPoint} from '../core/folder/agreement.js'
import type {RelPath} from '../core/paths.js'
import {type DecideOptions, needsHash, type Pair} from '../core/plan/decide.js'
import type {Plan, PlanStep} from '../core/plan/plan.js'
import {reconcile} from '../core/plan/reconcile.js'
import type {RoundContext} from './context.js'
import type {RoundOptions} from './events.js'
import type {SideScan} from './side.js'

const unreadText = 'it could not be read to compare it, or it was changed meanwhile; the next sync tries again'

/** What changed at the other side. */
interface RemoteIndex {
	readonly entries: ReadonlyMap<RelPath, Entry>
	/** Paths that cannot stand on this disk, as the peer wrote them. */
	readonly refused: readonly {readonly path: string; readonly fault: string}[]
}

/** A plan, or one part of it; the parts follow one another in path order, and each is carried out whole before the next is made. */
export interface Part {
	readonly plan: Plan
	readonly isLast: boolean
}

export interface Compared {
	/** At least one. */
	readonly parts: AsyncIterable<Part>
	readonly local: SideScan
	readonly remote: SideScan
	/** Both sides are as they agreed, and so are their sequence numbers: there is not even an agreement to renew. */
	readonly isNothing: boolean
	/** Both sides hold it, and whether the same could not be found out. */
	readonly unread: readonly RelPath[]
	readonly problems: readonly Problem[]
	/** Paths of the other side that cannot stand on this disk. */
	readonly refused: readonly string[]
	/** The other side has its steps of each part. */
	readonly areStepsSent: boolean
}

/** Has both sides scanned and makes the plan. A dry run makes it whole. Throws FileSyncError (connection, protocol, this side's own scan). */
export const compareSides = (context: RoundContext, options: ComparisonOptions): Promise<Compared> =>
	new Comparison(context, options).run()

type ComparisonOptions = Pick<RoundOptions, 'direction' | 'force' | 'dryRun'>

class Comparison {
	readonly #context: RoundContext
	readonly #options: ComparisonOptions
	readonly #problems: Problem[] = []
	readonly #unread: RelPath[] = []

	constructor(context: RoundContext, options: ComparisonOptions) {
		this.#context = context
		this.#options = options
	}

	/** From both scans to the plan. What it was made from is let go before anything moves: it is as large as both indexes. */
	async run(): Promise<Compared> {
		const {local, remote, onEvent} = this.#context
		onEvent({kind: 'phase', phase: 'scan'})
		const scanning = local.scan()
		const [here, there] = await Promise.all([scanning, remote.scan()]).catch(async (error: unknown) => {
			// The folder belongs to this round until the scan has ended, however the other side went.
			await Promise.allSettled([scanning])
			throw error
		})
		const changes = await this.#receive(here.rules)
		onEvent({kind: 'scanned', side: 'local', files: here.files, bytes: here.bytes})
		onEvent({kind: 'scanned', side: 'remote', files: there.files, bytes: there.bytes})
		this.#noteProblems(here, there, changes)
		onEvent({kind: 'phase', phase: 'compare'})
		const {point, isCurrent} = this.#ground(here, there)
		const refused = changes.refused.map(({path}) => path)
		const found = {local: here, remote: there, unread: this.#unread, problems: this.#problems, refused}
		if (point === null && changes.entries.size === 0)
			return {...found, parts: this.#partsForEmpty(there.rules), isNothing: false, areStepsSent: true}
		const pairs = await this.#pairs(point, there.rules, changes.entries)
		const isNothing = pairs.length + this.#unread.length === 0 && isCurrent
		return {...found, parts: only(await this.#plan(pairs)), isNothing, areStepsSent: false}
	}

	/**
	 * The peer has no record of anything: each path is decided by itself. So the plan is made in parts, which bound what both sides hold
	 * of it, and the peer reads the first steps of a part while the next are made.
	 */
	async *#partsForEmpty(theirRules: string): AsyncGenerator<Part, void> {
		const {remote: there, signal, partPaths} = this.#context
		const most = this.#options.dryRun ? Number.POSITIVE_INFINITY : partPaths
		let lastId = 0
		let part = emptyPart()
		let paths = 0
		for await (const entries of this.#changesHere(theirRules, most)) {
			signal.throwIfAborted()
			// More paths follow, so this part is complete and not the last.
			if (paths > 0 && paths + entries.length > most) {
				yield {plan: part, isLast: false}
				part = emptyPart()
				paths = 0
			}
			paths += entries.length
			const pairs = entries.map(
				({path, state, version, parts}): Pair => ({path, local: {path, state, version, parts}, remote: null}),
			)
			const plan = reconcile(pairs, {...this.#rules(), standing: () => [], lastId})
			for (const step of plan.local) part.local.push(step)
			for (const step of plan.remote) part.remote.push(step)
			for (const path of plan.leftAlone) part.leftAlone.push(path)
			for (const path of plan.heldBack) part.heldBack.push(path)
			lastId += plan.local.length + plan.remote.length
			await there.expect(plan.remote)
		}
		yield {plan: part, isLast: true}
	}

	/** This side's changes in path order, in runs of at most `most`. */
	async *#changesHere(theirRules: string, most: number): AsyncGenerator<readonly Entry[], void> {
		for await (const {entries} of this.#context.local.changesSince(theirRules)) {
			if (entries.length <= most) yield entries
			else for (let at = 0; at < entries.length; at += most) yield entries.slice(at, at + most)
		}
	}

	async #receive(rules: string): Promise<RemoteIndex> {
		const entries = new Map<RelPath, Entry>()
		const refused: RemoteIndex['refused'][number][] = []
		for await (const changes of this.#context.remote.changesSince(rules)) {
			for (const entry of changes.entries) entries.set(entry.path, entry)
			refused.push(...changes.refused)
		}
		return {entries, refused}
	}

	/** The common point counts as long as neither side's rules changed since. */
	#ground(here: SideScan, there: SideScan): {point: AgreedPoint | null; isCurrent: boolean} {
		const {point} = this.#context
		if (point === null || point.rules[0] !== here.rules || point.rules[1] !== there.rules)
			return {point: null, isCurrent: false}
		return {point, isCurrent: point.mine === here.seq && point.theirs === there.seq && point.pending.length === 0}
	}

	async #pairs(point: AgreedPoint | null, theirRules: string, remote: ReadonlyMap<RelPath, Entry>): Promise<Pair[]> {
		const {local: side, signal} = this.#context
		const pairs: Pair[] = []
		const met = new Set<RelPath>()
		for await (const {entries} of side.changesSince(theirRules)) {
			signal.throwIfAborted()
			for (const {path, state, version, parts} of entries) {
				const other = remote.get(path)
				if (other !== undefined) met.add(path)
				// What only this disk knows of it is left out: a first sync holds all pairs at once.
				const local: Entry = {path, state, version, parts}
				pairs.push({path, local, remote: other ?? (point === null ? null : 'agreed')})
			}
		}
		const remoteOnly = [...remote.keys()].filter((path) => !met.has(path))
		const records = point === null ? new Map<RelPath, IndexRecord>() : await side.records(remoteOnly)
		for (const path of remoteOnly) {
			if (side.isIgnored(path, remote.get(path)?.state.kind === 'dir')) continue
			pairs.push({path, local: records.get(path) ?? null, remote: remote.get(path) ?? null})
		}
		if (remoteOnly.length > 0) pairs.sort((a, b) => (a.path < b.path ? -1 : 1))
		return this.#withHashes(pairs)
	}

	/**
	 * Both sides hash what only a hash can tell apart. A file that one of them cannot read now, or that changes while it is
	 * read, waits for the next sync: taken for different it would become a conflict copy of what may be the same.
	 */
	async #withHashes(pairs: readonly Pair[]): Promise<Pair[]> {
		const unclear = pairs.filter(needsHash).map(({path}) => path)
		if (unclear.length === 0) return [...pairs]
		const [mine, theirs] = await this.#resolveBoth(unclear)
		return pairs.flatMap((pair) => {
			if (!needsHash(pair)) return [pair]
			const local = mine.get(pair.path) ?? pair.local
			const known = {...pair, local, remote: theirs.get(pair.path) ?? pair.remote}
			if (!needsHash(known)) return [known]
			this.#unread.push(pair.path)
			const side = local?.state.kind === 'file' && local.state.hash === null ? 'local' : 'remote'
			this.#problems.push({path: pair.path, side, code: 'UNREADABLE', message: unreadText})
			return []
		})
	}

	/** Reconciles until every conflict copy has its name and every folder's record is known. */
	async #plan(pairs: readonly Pair[]): Promise<Plan> {
		const standing = new Map<RelPath, readonly State[]>()
		let current = pairs
		for (;;) {
			const plan = reconcile(current, {...this.#rules(), standing: (path) => standing.get(path) ?? []})
			if (plan.unknown.length > 0) {
				const asked = new Set(plan.unknown)
				const known = await this.#context.remote.resolve(plan.unknown)
				current = current.map((pair) => (asked.has(pair.path) ? {...pair, remote: known.get(pair.path) ?? null} : pair))
				continue
			}
			const conflicts = plan.conflicts.filter(({copy}) => !standing.has(copy))
			const [mine, theirs] = await this.#resolveBoth(conflicts.map(({copy}) => copy))
			const met = new Set<RelPath>()
			for (const {path, copy} of conflicts) {
				const states = [mine.get(copy), theirs.get(copy)].flatMap((entry) => (entry === undefined ? [] : [entry.state]))
				if (states.length === 0) continue
				standing.set(copy, states)
				met.add(path)
			}
			if (met.size === 0) return plan
			current = await this.#hashed(current, met)
		}
	}

	/** The pairs of these paths with the hashes of their contents, as far as they can be had. */
	async #hashed(pairs: readonly Pair[], paths: ReadonlySet<RelPath>): Promise<readonly Pair[]> {
		const [mine, theirs] = await this.#resolveBoth([...paths])
		return pairs.map((pair) => {
			if (!paths.has(pair.path) || pair.remote === 'agreed') return pair
			return {...pair, local: mine.get(pair.path) ?? pair.local, remote: theirs.get(pair.path) ?? pair.remote}
		})
	}

	/** Both sides' records of these paths, hashed. */
	async #resolveBoth(paths: readonly RelPath[]): Promise<[ReadonlyMap<RelPath, Entry>, ReadonlyMap<RelPath, Entry>]> {
		if (paths.length === 0) return [new Map(), new Map()]
		const {local, remote} = this.#context
		return Promise.all([local.resolve(paths), remote.resolve(paths)])
	}

	#rules(): DecideOptions {
		const {local, names, nowMs, mtimeSkewSec, clockOffsetMs} = this.#context
		return {
			device: local.device,
			nowSec: nowMs() / 1000,
			rules: {mtimeSkewSec, clockOffsetSec: clockOffsetMs / 1000, names},
			direction: this.#options.direction,
			force: this.#options.force,
		}
	}

	#noteProblems(here: SideScan, there: SideScan, {refused}: RemoteIndex): void {
		for (const {path, code, message} of here.problems) this.#problems.push({path, side: 'local', code, message})
		for (const {path, code, message} of there.problems) this.#problems.push({path, side: 'remote', code, message})
		for (const {path, fault} of refused)
			this.#problems.push({path, side: 'remote', code: 'BAD_PATH', message: `the path ${fault}`})
		if (there.moreProblems > 0)
			this.#problems.push({
				path: '.',
				side: 'remote',
				code: 'MORE',
				message: `and ${there.moreProblems} more problems on the peer`,
			})
	}
}

interface GrowingPlan extends Plan {
	readonly local: PlanStep[]
	readonly remote: PlanStep[]
	readonly leftAlone: RelPath[]
	readonly heldBack: RelPath[]
}

const emptyPart = (): GrowingPlan => ({
	local: [],
	remote: [],
	conflicts: [],
	leftAlone: [],
	heldBack: [],
	unknown: [],
})

async function* only(plan: Plan): AsyncGenerator<Part, void> {
	yield {plan, isLast: true}
}
