// What two databases take for their common ground, seen from both sides: they must come to the same.
import {deepEqual} from 'node:assert/strict'
import {deviceIdFrom} from '../../src/lib/core/entries/versions.js'
import {type AgreedPoint, type Agreement, commonGround, type PointNames} from '../../src/lib/core/folder/agreement.js'

const peer = deviceIdFrom(new Uint8Array(12))

/** A point by its token; its generation is the digit in it. */
const point = (token: string): AgreedPoint => ({
	generation: Number(token.replace(/\D/g, '')),
	token,
	mine: 0,
	theirs: 0,
	pending: [],
	rules: ['', ''],
})

/** `P2 P1` or `P2! P1`: the last one and the one before; `!`: the peer has confirmed the last. */
function agreement(text: string): Agreement | undefined {
	if (text === '') return undefined
	const [last = '', before] = text.replace('!', '').split(' ')
	return {
		peer,
		last: point(last),
		before: before === undefined ? null : point(before),
		confirmed: text.includes('!'),
		atSec: 0,
	}
}

const namesOf = (known: Agreement | undefined): PointNames | null => known ?? null

/** `point P1`, `none`, or who is behind. */
function told(leader: string, follower: string): readonly [string, string] {
	const [leading, following] = [agreement(leader), agreement(follower)]
	const found = [
		commonGround(leading, namesOf(following), true),
		commonGround(following, namesOf(leading), false),
	] as const
	const text = (ground: (typeof found)[number], isLeader: boolean): string => {
		if (ground.kind === 'point') return ground.point.token
		if (ground.kind === 'none') return 'none'
		return (ground.side === 'mine') === isLeader ? 'leader is behind' : 'follower is behind'
	}
	return [text(found[0], true), text(found[1], false)]
}

const rows: readonly [name: string, leader: string, follower: string, ground: string][] = [
	['a first sync', '', '', 'none'],
	['the first commit reached one side only', '', 'P1', 'none'],
	['both hold the same', 'P2! P1', 'P2 P1', 'P2'],
	['the leader did not commit', 'P1!', 'P2 P1', 'P1'],
	['the follower is without what it never confirmed', 'P2 P1', 'P1!', 'P1'],
	['the leader is without what it confirmed: put back, or a copy', 'P1! P0', 'P2! P1', 'leader is behind'],
	['the same of the follower', 'P2! P1', 'P1 P0', 'follower is behind'],
	['both went on from one point: two copies', 'P2 P1', 'Q2 P1', 'leader is behind'],
	['two copies, and this one confirmed more', 'P3! P1', 'Q2 P1', 'follower is behind'],
	['nothing in common, an older one', 'P2 P1', 'P7 P6', 'leader is behind'],
	['nothing in common, a lost one', 'P7 P6', '', 'follower is behind'],
]

describe('core: common ground', () => {
	for (const [name, leader, follower, ground] of rows)
		it(name, () => deepEqual(told(leader, follower), [ground, ground]))
})
