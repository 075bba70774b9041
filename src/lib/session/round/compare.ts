// The first half of a round that this side leads: both scans, both indexes side by side, the hashes that are needed, the plan.
// Changes nothing on either side but what a scan notes in its own index.
import type {AgreedPoint} from '../../core/agreement.js'
import {type DecideOptions, needsHash, type Pair} from '../../core/decide.js'
import type {Entry, IndexRecord, Problem, State} from '../../core/entry.js'
import type {RelPath} from '../../core/paths.js'
import type {Plan, PlanStep} from '../../core/plan.js'
import {reconcile} from '../../core/reconcile.js'
import type {ScanReport} from '../../replica/replica.js'
import {wireLimits} from '../../wire/codes.js'
import {decodeEntries, type RefusedRow} from '../../wire/entries.js'
import {protocolFault} from '../../wire/fault.js'
import {decode, Scanned} from '../../wire/messages.js'
import {BulkRoom, sendSteps} from '../batches.js'
import {Stamps} from './stamps.js'
import type {LeaderParts, RoundOptions} from './types.js'

const unreadText = 'it could not be read to compare it, or it was changed meanwhile; the next sync tries again'

interface RemoteIndex {
	readonly entries: ReadonlyMap<RelPath, Entry>
	readonly refused: readonly RefusedRow[]
	readonly scanned: Scanned
}

export interface Compared {
	readonly plan: Plan
	readonly local: ScanReport
	readonly scanned: Scanned
	/** The peer's, which the plan was made by. */
	readonly theirRules: string
	/** Both sides are as they agreed, and so are their sequence numbers: there is not even an agreement to renew. */
	readonly isNothing: boolean
	/** Both sides hold it, and whether the same could not be found out. */
	readonly unread: readonly RelPath[]
	readonly problems: readonly Problem[]
	/** Paths of the peer that cannot stand on this disk, as the peer wrote them. */
	readonly refused: readonly string[]
	/** Of the files here that were compared. */
	readonly stamps: Stamps
	/** The peer has its part of the plan. */
	readonly areStepsSent: boolean
}

/** Has both sides scanned and makes the plan. Throws FileSyncError (connection, protocol, this side's own scan). */
export const compareSides = (
	parts: LeaderParts,
	options: Pick<RoundOptions, 'direction' | 'force' | 'isAsked'>,
): Promise<Compared> => new Comparison(parts, options).run()

class Comparison {
	readonly #parts: LeaderParts
	readonly #options: Pick<RoundOptions, 'direction' | 'force' | 'isAsked'>
	readonly #problems: Problem[] = []
	readonly #unread: RelPath[] = []
	readonly #stamps = new Stamps()

	constructor(parts: LeaderParts, options: Pick<RoundOptions, 'direction' | 'force' | 'isAsked'>) {
		this.#parts = parts
		this.#options = options
	}

	/** From both scans to the plan. What it was made from is let go before anything moves: it is as large as both indexes. */
	async run(): Promise<Compared> {
		const {conversation, onEvent, scan, replica, begun, peer, generation} = this.#parts
		onEvent({kind: 'phase', phase: 'scan'})
		const told = begun ? peer.toldRules : replica.rules
		const asked = this.#options.isAsked === true
		const begin = (rules: string): void => conversation.sendJson('begin', {round: generation + 1, rules, asked})
		if (!begun) begin(told)
		const scanning = scan()
		const [local, first] = await Promise.all([scanning, this.#receiveIndex()]).catch(async (error: unknown) => {
			// The folder belongs to this round until the scan has ended, however the conversation went.
			await Promise.allSettled([scanning])
			throw error
		})
		// What the peer sent was new since the point, which does not count any more.
		const isOutdated = this.#parts.point !== null && local.rules !== told
		if (isOutdated) begin(local.rules)
		const remote = isOutdated ? await this.#receiveIndex() : first
		const {scanned} = remote
		onEvent({kind: 'scanned', side: 'local', files: local.files, bytes: local.bytes})
		onEvent({kind: 'scanned', side: 'remote', files: scanned.files, bytes: scanned.bytes})
		this.#noteProblems(local, remote)
		onEvent({kind: 'phase', phase: 'compare'})
		const {point, isCurrent} = this.#ground(local, remote)
		const theirRules = this.#theirRules(remote)
		const refused = remote.refused.map(({path}) => path)
		const notes = {unread: this.#unread, problems: this.#problems, refused, stamps: this.#stamps}
		const found = {local, scanned, theirRules, ...notes}
		if (point === null && remote.entries.size === 0)
			return {...found, plan: await this.#planForEmpty(), isNothing: false, areStepsSent: true}
		const pairs = await this.#pairs(point, remote.entries)
		const isNothing = pairs.length + this.#unread.length === 0 && isCurrent
		return {...found, plan: await this.#plan(pairs), isNothing, areStepsSent: false}
	}

	/**
	 * The peer has no record of anything: each path is decided by itself, so the plan is made in batches, and the peer reads the first
	 * steps while the next are made.
	 */
	async #planForEmpty(): Promise<Plan> {
		const {replica, conversation} = this.#parts
		const [local, remote, leftAlone, heldBack]: [PlanStep[], PlanStep[], RelPath[], RelPath[]] = [[], [], [], []]
		for await (const records of replica.recordsSince(0, [])) {
			conversation.signal.throwIfAborted()
			const pairs = records.map(({path, state, version, parts, disk}): Pair => {
				if (state.kind === 'file' && disk !== null) this.#stamps.add(path, disk)
				return {path, local: {path, state, version, parts}, remote: null}
			})
			const lastId = local.length + remote.length
			const plan = reconcile(pairs, {...this.#rules(), standing: () => [], lastId})
			for (const step of plan.local) local.push(step)
			for (const step of plan.remote) remote.push(step)
			for (const path of plan.leftAlone) leftAlone.push(path)
			for (const path of plan.heldBack) heldBack.push(path)
			await sendSteps(conversation, plan.remote)
		}
		return {local, remote, conflicts: [], leftAlone, heldBack, unknown: []}
	}

	/** What changed at the peer, streamed in path order. */
	async #receiveIndex(): Promise<RemoteIndex> {
		const {conversation} = this.#parts
		const entries = new Map<RelPath, Entry>()
		const refused: RefusedRow[] = []
		const room = new BulkRoom('an index')
		let last = ''
		for (;;) {
			const {name, body} = await conversation.expect('records', 'scanned')
			if (name === 'scanned') return {entries, refused, scanned: decode(Scanned, body, 'scanned')}
			room.take(body.byteLength)
			const decoded = decodeEntries(body)
			for (const entry of decoded.entries) {
				if (entry.path <= last) throw protocolFault('index records that are not in path order')
				last = entry.path
				entries.set(entry.path, entry)
			}
			if (refused.length < wireLimits.pending) refused.push(...decoded.refused)
		}
	}

	/** The common point counts as long as neither side's rules changed since. */
	#ground(local: ScanReport, remote: RemoteIndex): {point: AgreedPoint | null; isCurrent: boolean} {
		const {point} = this.#parts
		const {scanned} = remote
		if (point === null || point.rules[0] !== local.rules || point.rules[1] !== this.#theirRules(remote))
			return {point: null, isCurrent: false}
		return {point, isCurrent: point.mine === local.seq && point.theirs === scanned.seq && point.pending.length === 0}
	}

	#theirRules({scanned}: RemoteIndex): string {
		return scanned.rules ?? this.#parts.peer.rules
	}

	async #pairs(point: AgreedPoint | null, remote: ReadonlyMap<RelPath, Entry>): Promise<Pair[]> {
		const {replica, conversation} = this.#parts
		const pairs: Pair[] = []
		const met = new Set<RelPath>()
		for await (const records of replica.recordsSince(point?.mine ?? 0, point?.pending ?? [])) {
			conversation.signal.throwIfAborted()
			for (const {path, state, version, parts, disk} of records) {
				const other = remote.get(path)
				if (other !== undefined) met.add(path)
				if (state.kind === 'file' && disk !== null) this.#stamps.add(path, disk)
				// What only this disk knows of it is left out: a first sync holds all pairs at once.
				const local: Entry = {path, state, version, parts}
				pairs.push({path, local, remote: other ?? (point === null ? null : 'agreed')})
			}
		}
		const remoteOnly = [...remote.keys()].filter((path) => !met.has(path))
		const records = point === null ? new Map<RelPath, IndexRecord>() : await replica.records(remoteOnly)
		for (const path of remoteOnly) {
			if (replica.isIgnored(path, remote.get(path)?.state.kind === 'dir')) continue
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
		const [mine, theirs] = await this.#lookBoth(unclear)
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

	/** The peer's current records of these paths, hashed; a path that it does not hold is missing in the answer. */
	async #lookRemote(paths: readonly RelPath[]): Promise<Map<RelPath, Entry>> {
		const {conversation} = this.#parts
		const found = new Map<RelPath, Entry>()
		const calls: (readonly RelPath[])[] = []
		for (let at = 0; at < paths.length; at += 1000) calls.push(paths.slice(at, at + 1000))
		for (const some of calls) {
			conversation.sendJson('look', {paths: some})
			const {body} = await conversation.expect('looked')
			const asked = new Set(some)
			for (const entry of decodeEntries(body).entries) {
				if (!asked.has(entry.path)) throw protocolFault('a record that nobody asked for')
				found.set(entry.path, entry)
			}
		}
		return found
	}

	/** Reconciles until every conflict copy has its name and every folder's record is known. */
	async #plan(pairs: readonly Pair[]): Promise<Plan> {
		const standing = new Map<RelPath, readonly State[]>()
		let current = pairs
		for (;;) {
			const plan = reconcile(current, {...this.#rules(), standing: (path) => standing.get(path) ?? []})
			if (plan.unknown.length > 0) {
				const asked = new Set(plan.unknown)
				const known = await this.#lookRemote(plan.unknown)
				current = current.map((pair) => (asked.has(pair.path) ? {...pair, remote: known.get(pair.path) ?? null} : pair))
				continue
			}
			const conflicts = plan.conflicts.filter(({copy}) => !standing.has(copy))
			const [mine, theirs] = await this.#lookBoth(conflicts.map(({copy}) => copy))
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
		const [mine, theirs] = await this.#lookBoth([...paths])
		return pairs.map((pair) => {
			if (!paths.has(pair.path) || pair.remote === 'agreed') return pair
			return {...pair, local: mine.get(pair.path) ?? pair.local, remote: theirs.get(pair.path) ?? pair.remote}
		})
	}

	/** Both sides' records of these paths, hashed. */
	async #lookBoth(paths: readonly RelPath[]): Promise<[Map<RelPath, IndexRecord>, Map<RelPath, Entry>]> {
		if (paths.length === 0) return [new Map(), new Map()]
		return Promise.all([this.#parts.replica.look(paths, this.#parts.conversation.signal), this.#lookRemote(paths)])
	}

	#rules(): DecideOptions {
		const {replica, self, peer, mtimeSkewSec} = this.#parts
		const names = {local: self.name, remote: peer.name}
		return {
			device: replica.device,
			nowSec: self.nowMs() / 1000,
			rules: {mtimeSkewSec, clockOffsetSec: peer.clockOffsetMs / 1000, names},
			direction: this.#options.direction,
			force: this.#options.force,
		}
	}

	#noteProblems(local: ScanReport, {refused, scanned}: RemoteIndex): void {
		for (const problem of local.problems) this.#problems.push({...problem, side: 'local'})
		for (const {path, code, message} of scanned.problems) this.#problems.push({path, side: 'remote', code, message})
		for (const {path, fault} of refused)
			this.#problems.push({path, side: 'remote', code: 'BAD_PATH', message: `the path ${fault}`})
		if (scanned.moreProblems > 0)
			this.#problems.push({
				path: '.',
				side: 'remote',
				code: 'MORE',
				message: `and ${scanned.moreProblems} more problems on the peer`,
			})
	}
}
