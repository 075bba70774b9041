// The whole plan from all pairs: decides each path, keeps folders that are still needed, names conflict copies. Pure.

import {isLive, type State} from '../entries/entry.js'
import {bumpVersion, settledVersion} from '../entries/versions.js'
import {sameContent} from '../folder/observe.js'
import {byPath, parentOf, type RelPath} from '../paths.js'
import {conflictName, otherSide, type Side} from './conflict.js'
import {type DecideOptions, decide, type Outcome, type Pair} from './decide.js'
import {type Conflict, type KeepAs, type Plan, type PlanStep, stepTo} from './plan.js'

export interface ReconcileOptions extends DecideOptions {
	/**
	 * What the sides have records of under the name of a conflict copy: none, one or two states. A name is free without any. Where all of
	 * them hold the loser's content it is the copy of a sync that was cut off. Else it is taken; by a tombstone too: the copy's version
	 * would not come after it.
	 */
	readonly standing: (path: RelPath) => readonly State[]
	/** The id of the last step of the batches before, where a plan is made in batches. */
	readonly lastId?: number
}

/** Only conflict copies come out of their order. */
function inPathOrder(steps: PlanStep[]): readonly PlanStep[] {
	for (let i = 1; i < steps.length; i++)
		if ((steps[i - 1]?.path ?? '') > (steps[i]?.path ?? '')) return steps.sort(byPath)
	return steps
}

/** All folders above the given paths. */
function foldersAbove(paths: Iterable<RelPath>): Set<RelPath> {
	const above = new Set<RelPath>()
	let last = ''
	for (const path of paths) {
		// In path order most lie in the folder of the one before.
		const slash = path.lastIndexOf('/')
		if (slash < 0 || (slash === last.length && path.startsWith(last))) continue
		let up = parentOf(path)
		last = up ?? ''
		for (; up !== undefined && !above.has(up); up = parentOf(up)) above.add(up)
	}
	return above
}

/** Tells whether a path lies below one of `roots`. */
function belowAny(roots: readonly RelPath[]): (path: RelPath) => boolean {
	const known = new Set(roots)
	return (path) => {
		if (known.size === 0) return false
		for (let up = parentOf(path); up !== undefined; up = parentOf(up)) if (known.has(up)) return true
		return false
	}
}

/**
 * A path that would go, or become a file, while something lives on below it: the folder stays (two-way rules 3 and 4),
 * and a file that wanted its name becomes a conflict copy. 'unknown': the folder's record at the other side is needed.
 */
function keepFolder(outcome: Outcome, {nowSec}: DecideOptions): Outcome | 'unknown' {
	const {other, state} = outcome
	if (other === 'agreed') return 'unknown'
	// A child without its folder: only a peer that lies has that; the step fails where it is carried out.
	if (other?.state.kind !== 'dir') return outcome
	return {
		path: outcome.path,
		state: other.state,
		version: settledVersion(outcome.fromVersion, other.version, nowSec),
		parts: undefined,
		from: outcome.from === 'local' ? 'remote' : 'local',
		behind: [],
		fromVersion: other.version,
		isMixed: false,
		loser: state.kind === 'file' || state.kind === 'symlink' ? state : null,
		other: null,
	}
}

/** Turns outcomes into steps, numbered over both sides; conflict copies get names that neither meet each other nor what stands. */
class PlanWriter {
	readonly #options: ReconcileOptions
	readonly #steps: Record<Side, PlanStep[]> = {local: [], remote: []}
	readonly #conflicts: Conflict[] = []
	readonly #heldBack = new Set<RelPath>()
	readonly #copyNames = new Set<RelPath>()
	#lastId: number

	constructor(options: ReconcileOptions) {
		this.#options = options
		this.#lastId = options.lastId ?? 0
	}

	/** Both sides hold the same; `behind` learn the merged version. */
	agree({path, state, version, parts, behind}: Outcome): void {
		for (const side of behind)
			this.#steps[side].push({id: ++this.#lastId, do: 'agree', path, state, version, parts, keepAs: null})
	}

	/** One side becomes as the other is. */
	flow(outcome: Outcome, from: Side): void {
		const {path, state, version, parts, fromVersion, isMixed, loser} = outcome
		const to = otherSide(from)
		if (!this.#mayChange(to)) {
			this.#heldBack.add(path)
			return
		}
		const copy = loser === null ? null : this.#copyOf(path, loser, to)
		// A copy that stands already goes its own way, as any file that one side has.
		const keepAs = copy?.isNew === true ? copy.keepAs : null
		this.#add(to, path, path, state, version, parts, keepAs)
		if (isMixed) this.#add(from, path, path, state, version, parts, null)
		else if (version !== fromVersion) this.agree({...outcome, behind: [from]})
		if (copy !== null) this.#conflicts.push({path, winner: from, copy: copy.keepAs.path})
		if (keepAs === null || loser === null) return
		if (this.#mayChange(from)) this.#add(from, keepAs.path, path, loser, keepAs.version, undefined, null)
		else this.#heldBack.add(keepAs.path)
	}

	/** Left for the next sync. */
	holdBack(path: RelPath): void {
		this.#heldBack.add(path)
	}

	plan(leftAlone: readonly RelPath[], unknown: readonly RelPath[]): Plan {
		return {
			local: inPathOrder(this.#steps.local),
			remote: inPathOrder(this.#steps.remote),
			conflicts: this.#conflicts,
			leftAlone,
			heldBack: [...this.#heldBack].sort(),
			unknown,
		}
	}

	#mayChange(side: Side): boolean {
		const {direction} = this.#options
		return direction === 'both' || (direction === 'push') === (side === 'remote')
	}

	#copyOf(path: RelPath, loser: NonNullable<Outcome['loser']>, side: Side): {keepAs: KeepAs; isNew: boolean} {
		const {device, nowSec, rules, standing} = this.#options
		for (let number = 1; ; number++) {
			const copy = conflictName(path, loser, rules.names[side], number)
			if (this.#copyNames.has(copy)) continue
			const states = standing(copy)
			if (!states.every((state) => sameContent(state, loser) === true)) continue
			this.#copyNames.add(copy)
			return {keepAs: {path: copy, version: bumpVersion([], device, nowSec)}, isNew: states.length === 0}
		}
	}

	#add(
		side: Side,
		path: RelPath,
		source: RelPath,
		state: State,
		version: PlanStep['version'],
		parts: PlanStep['parts'],
		keepAs: KeepAs | null,
	): void {
		this.#steps[side].push(stepTo(++this.#lastId, path, state, version, parts, keepAs, source))
	}
}

/** Makes the plan for all pairs, which must come in path order, each path once. */
export function reconcile(pairs: Iterable<Pair>, options: ReconcileOptions): Plan {
	const outcomes: Outcome[] = []
	const leftAlone: RelPath[] = []
	for (const pair of pairs) {
		const decision = decide(pair, options)
		if (decision === 'left-alone') leftAlone.push(pair.path)
		else if (decision !== 'nothing') outcomes.push(decision)
	}
	// A loser of a forced deletion lives on beside its old name, as a conflict copy.
	const living: RelPath[] = []
	for (const {path, state, loser} of outcomes) if (isLive(state) || loser !== null) living.push(path)
	const needed = foldersAbove([...living, ...leftAlone])
	const writer = new PlanWriter(options)
	const unknown: RelPath[] = []
	const isBelowLeftAlone = belowAny(leftAlone)
	for (const outcome of outcomes) {
		if (outcome.from === 'both') {
			writer.agree(outcome)
			continue
		}
		// What was left alone and has something below it is a folder on one side only.
		if (isBelowLeftAlone(outcome.path)) {
			writer.holdBack(outcome.path)
			continue
		}
		const stays = outcome.state.kind !== 'dir' && needed.has(outcome.path)
		const kept = stays ? keepFolder(outcome, options) : outcome
		if (kept === 'unknown') unknown.push(outcome.path)
		else writer.flow(kept, kept.from === 'remote' ? 'remote' : 'local')
	}
	return writer.plan(leftAlone, unknown)
}
