// Which edits each device's paths have seen: what the version vectors must mirror, kept without their arithmetic.
// Follows edits and whole two-way syncs; whoever does anything else must give it up.
import {ok} from 'node:assert/strict'
import type {RelPath} from '../../../src/lib/core/paths.js'
import type {Conflict} from '../../../src/lib/core/plan/plan.js'
import type {Device} from './device.js'

export class Knowledge {
	readonly #seen: ReadonlyMap<Device, Map<RelPath, ReadonlySet<number>>>
	#last = 0

	constructor(devices: readonly Device[]) {
		this.#seen = new Map(devices.map((device) => [device, new Map()]))
	}

	edit(device: Device, paths: readonly RelPath[]): void {
		for (const path of paths) this.#learn(device, path, [++this.#last])
	}

	/** A whole sync: each path has seen on both sides what it had seen on either. */
	meet(a: Device, b: Device): void {
		const edits = new Map<RelPath, number>()
		for (const path of a.disk.nodes.keys()) {
			// A conflict copy that came to be just now.
			if (this.#of(a, path).size + this.#of(b, path).size === 0) edits.set(path, ++this.#last)
		}
		for (const [path, edit] of edits) this.#learn(a, path, [edit])
		const paths = new Set([...(this.#seen.get(a)?.keys() ?? []), ...(this.#seen.get(b)?.keys() ?? [])])
		for (const path of paths) {
			const all = [...this.#of(a, path), ...this.#of(b, path)]
			this.#learn(a, path, all)
			this.#learn(b, path, all)
		}
	}

	/** A conflict is real when each side's content had seen something that the other's had not. */
	assertReal(leader: Device, follower: Device, conflicts: readonly Conflict[]): void {
		for (const conflict of conflicts) {
			const path = leader.disk.model(conflict.path)
			const [won, lost] = conflict.winner === 'local' ? [leader, follower] : [follower, leader]
			const below = [...(this.#seen.get(won)?.keys() ?? [])].filter(
				(other) => other === path || other.startsWith(`${path}/`),
			)
			const isNews = below.some((other) => this.#knowsMore(won, lost, other))
			ok(isNews && this.#knowsMore(lost, won, path), `${path}: a conflict where one side had seen the other`)
		}
	}

	#knowsMore(one: Device, other: Device, path: RelPath): boolean {
		const known = this.#of(other, path)
		return [...this.#of(one, path)].some((edit) => !known.has(edit))
	}

	#of(device: Device, path: RelPath): ReadonlySet<number> {
		return this.#seen.get(device)?.get(path) ?? new Set()
	}

	#learn(device: Device, path: RelPath, edits: readonly number[]): void {
		this.#seen.get(device)?.set(path, new Set([...this.#of(device, path), ...edits]))
	}
}
