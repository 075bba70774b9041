// Carries out one side's steps on its disk in memory and notes them in its index. Decides nothing; knows no failures but those it is told of.

import type {State} from '../../../src/lib/core/entries/entry.js'
import {decider, type VersionVector} from '../../../src/lib/core/entries/versions.js'
import type {RelPath} from '../../../src/lib/core/paths.js'
import type {Side} from '../../../src/lib/core/plan/conflict.js'
import {stagesOf} from '../../../src/lib/core/plan/order.js'
import type {Plan, PlanStep} from '../../../src/lib/core/plan/plan.js'
import {DiskRefusal} from './disk.js'
import type {Replica} from './replica.js'

/** A breach: the plan, not the world, is at fault. */
export class Breach extends Error {
	override name = 'Breach'
}

export type Sides = Readonly<Record<Side, Replica>>

const decisionsIn = (version: VersionVector): number => version.find(([id]) => id === decider)?.[1] ?? 0

/** New edits that a plan itself makes: conflict copies, and folders that stay. */
export interface PlanEdits {
	readonly copies: ReadonlyMap<RelPath, number>
	readonly decisions: ReadonlyMap<RelPath, number>
}

export function editsOf({local, remote}: Sides, plan: Plan): PlanEdits {
	const copies = new Map<RelPath, number>()
	const decisions = new Map<RelPath, number>()
	for (const {path, version, keepAs} of [...plan.local, ...plan.remote]) {
		if (keepAs !== null) copies.set(keepAs.path, local.newEdit())
		const known = [local, remote].map(({index}) => decisionsIn(index.get(path)?.version ?? []))
		if (decisionsIn(version) > Math.max(...known)) decisions.set(path, decisions.get(path) ?? local.newEdit())
	}
	return {copies, decisions}
}

const related = (a: RelPath, b: RelPath): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)

/** Carries out a side's steps and notes them in its index. */
export class Worker {
	readonly failed = new Set<number>()
	readonly #me: Replica
	readonly #staged = new Map<number, {readonly content: string; readonly size: number}>()
	readonly #peerKnew: ReadonlyMap<RelPath, ReadonlySet<number>>
	readonly #edits: PlanEdits
	readonly #troubled: RelPath[] = []
	/** State of what a step displaced to its keepAs. */
	readonly #kept = new Map<number, State>()
	readonly steps: readonly PlanStep[]

	constructor(me: Replica, peer: Replica, steps: readonly PlanStep[], edits: PlanEdits) {
		this.#me = me
		this.#peerKnew = new Map(peer.knowledge)
		this.#edits = edits
		const {clear, folders, files, links, removals} = stagesOf(steps, (path) => me.index.get(path)?.state.kind)
		this.steps = [...clear, ...folders, ...files, ...links, ...removals]
		for (const step of files) {
			const mine = me.disk.at(step.path)
			// Only mode and mtime are new.
			const isEmpty = step.state.size === 0 && mine?.size === 0
			const isHere = mine?.kind === 'file' && (isEmpty || mine.content === step.state.hash)
			const node = isHere ? mine : peer.disk.at(step.source)
			if (node?.kind !== 'file') throw new Breach(`${step.path}: no content at ${step.source}`)
			if (node.size !== step.state.size || (step.state.hash ?? node.content) !== node.content)
				throw new Breach(`${step.path}: ${step.source} holds another content`)
			this.#staged.set(step.id, node)
			// Who sends a content learns its hash.
			if (!isHere) peer.hash(step.source)
		}
	}

	/** False: it was not carried out. */
	do(step: PlanStep, fails: boolean, half = false): boolean {
		const isBlocked = this.#troubled.some((path) => related(path, step.path))
		try {
			if (!fails) {
				this.#carryOut(step, half)
				return true
			}
		} catch (error) {
			if (!(error instanceof DiskRefusal) || !isBlocked) throw error
		}
		this.failed.add(step.id)
		this.#troubled.push(step.path)
		return false
	}

	note(step: PlanStep): void {
		const me = this.#me
		const content = this.#staged.get(step.id)?.content
		const state =
			step.do === 'put' ? {...step.state, hash: step.state.size === 0 ? null : (content ?? null)} : step.state
		me.write(step.path, state, step.version, step.parts)
		const copy = this.#edits.copies.get(step.path)
		if (copy === undefined) this.#learn(step.path)
		else me.learn(step.path, [copy])
		const kept = this.#kept.get(step.id)
		if (step.keepAs === null || kept === undefined) return
		me.write(step.keepAs.path, kept, step.keepAs.version)
		me.learn(step.keepAs.path, [this.#edits.copies.get(step.keepAs.path) ?? 0])
	}

	agree({path, version, parts, state}: PlanStep): void {
		const record = this.#me.index.get(path)
		if (record === undefined && state.kind !== 'gone') throw new Breach(`${this.#me.name} ${path}: nothing to agree on`)
		if (record !== undefined && record.state.kind !== state.kind)
			throw new Breach(`${this.#me.name} ${path}: agrees on a ${state.kind}`)
		this.#me.write(path, record?.state ?? state, version, parts)
		this.#learn(path)
	}

	/** What the peer knew before, and what was decided now. */
	#learn(path: RelPath): void {
		const decision = this.#edits.decisions.get(path)
		this.#me.learn(path, [...(this.#peerKnew.get(path) ?? []), ...(decision === undefined ? [] : [decision])])
	}

	#displace(step: PlanStep): void {
		const {disk, index} = this.#me
		const {path, keepAs} = step
		const kind = disk.at(path)?.kind
		if (kind === undefined) return
		if (keepAs === null) {
			disk.discard(path)
			return
		}
		if (kind === 'dir') throw new Breach(`${path}: a folder as a conflict copy`)
		const state = index.get(path)?.state
		if (state !== undefined) this.#kept.set(step.id, state)
		disk.move(path, keepAs.path)
	}

	#carryOut(step: PlanStep, half: boolean): void {
		const {disk} = this.#me
		const {path} = step
		const node = disk.at(path)
		if (step.do === 'agree') return
		if (step.do === 'remove') {
			this.#displace(step)
			return
		}
		const {mtime} = step.state
		if (step.do === 'mkdir') {
			if (node?.kind === 'dir') disk.change(path, {mode: step.state.mode})
			else {
				this.#displace(step)
				if (!half) disk.put(path, {kind: 'dir', content: '', size: 0, mtime, mode: step.state.mode})
			}
			return
		}
		const content = step.do === 'link' ? step.state.target : (this.#staged.get(step.id)?.content ?? '')
		const kind = step.do === 'link' ? 'symlink' : 'file'
		const look = {kind, content, mtime, size: step.do === 'link' ? content.length : step.state.size} as const
		const mode = step.do === 'link' ? 0o777 : step.state.mode
		if (node?.kind === kind && node.content === content) {
			if (step.keepAs !== null) throw new Breach(`${path}: a conflict of equal contents`)
			disk.change(path, {mtime, mode})
			return
		}
		this.#displace(step)
		if (!half) disk.put(path, {...look, mode})
	}
}
