// The contents that the peer must send and that have not come yet: a byte for each step, not an entry of a table.

import type {RelPath} from '../../core/paths.js'
import type {ById} from '../../core/plan/by-id.js'
import type {PutStep} from '../../core/plan/plan.js'
import type {PreparedStep} from '../plan/prepared.js'

/** A content the peer must send: its step, and where the peer has it. */
export interface Wanted {
	readonly id: number
	readonly source: RelPath
	readonly size: number
}

export type PreparedPut = PreparedStep & {readonly step: PutStep}

export const isPreparedPut = (item: PreparedStep): item is PreparedPut => item.step.do === 'put'

export class ExpectedContents {
	/** In path order. */
	readonly #prepared: readonly PreparedStep[]
	readonly #byId: ById<PreparedStep>
	/** 1 for each step whose content is expected, by its place in `#byId`. */
	readonly #flags: Uint8Array
	#count = 0

	/** All that is to be put here and comes from the peer. `byId`: the same steps. */
	constructor(prepared: readonly PreparedStep[], byId: ById<PreparedStep>) {
		this.#prepared = prepared
		this.#byId = byId
		this.#flags = new Uint8Array(prepared.length)
		for (const {step, disposition} of prepared) {
			if (step.do !== 'put' || disposition.how !== 'whole') continue
			this.#flags[byId.placeOf(step.id)] = 1
			this.#count++
		}
	}

	get count(): number {
		return this.#count
	}

	/** The sum of their sizes. */
	get bytes(): number {
		let bytes = 0
		for (const {step} of this.#prepared) if (step.do === 'put' && this.#has(step.id)) bytes += step.state.size
		return bytes
	}

	/** In path order. */
	get wanted(): readonly Wanted[] {
		if (this.#count === 0) return []
		return this.#prepared.flatMap(({step}) =>
			step.do === 'put' && this.#has(step.id) ? [{id: step.id, source: step.source, size: step.state.size}] : [],
		)
	}

	/** undefined: it was not asked for, or has come before. */
	find(id: number): PreparedPut | undefined {
		const item = this.#has(id) ? this.#byId.get(id) : undefined
		return item !== undefined && isPreparedPut(item) ? item : undefined
	}

	/** It is expected no more. The same as `find`. */
	take(id: number): PreparedPut | undefined {
		const item = this.find(id)
		if (item === undefined) return undefined
		this.#flags[this.#byId.placeOf(id)] = 0
		this.#count--
		return item
	}

	#has(id: number): boolean {
		return this.#flags[this.#byId.placeOf(id)] === 1
	}
}
