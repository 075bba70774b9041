// Owns how an agreement with a peer is stored. What it means is core's and the session's business.

import {type DeviceId, parseDeviceId} from '../core/entries/versions.js'
import type {AgreedPoint, Agreement} from '../core/folder/agreement.js'
import type {RelPath} from '../core/paths.js'
import {storedPath} from './format/json-states.js'
import {Damage, elements, isCount, parseStored} from './store/checks.js'

export const agreementKey = (peer: DeviceId): string => `a${peer}`

/** Longer lists are stored as one string and split only when a round needs them, so that opening the index stays fast. */
const fewPaths = 100
/** Stands in no path: no component is empty. */
const separator = '//'

const encodePoint = (point: AgreedPoint): readonly unknown[] => [
	point.generation,
	point.token,
	point.mine,
	point.theirs,
	point.rules,
	point.pending.length <= fewPaths ? point.pending : point.pending.join(separator),
]

export const encodeAgreement = ({last, before, confirmed, atSec}: Agreement): string =>
	JSON.stringify([atSec, encodePoint(last), before === null ? null : encodePoint(before), confirmed ? 1 : 0])

const malformed = (): Damage => new Damage('an agreement is malformed')

function decodePoint(value: unknown): AgreedPoint {
	const [generation, token, mine, theirs, rules, pending] = elements(value, 'an agreement')
	const [ownRules, peerRules] = elements(rules, 'the rules of an agreement')
	if (!isCount(generation) || typeof token !== 'string' || !isCount(mine) || !isCount(theirs)) throw malformed()
	if (typeof ownRules !== 'string' || typeof peerRules !== 'string') throw malformed()
	const facts = {generation, token, mine, theirs, rules: [ownRules, peerRules]} as const
	if (typeof pending === 'string') return withText(facts, pending)
	const paths = elements(pending, 'the pending paths of an agreement').map((path) => {
		if (typeof path !== 'string') throw malformed()
		return storedPath(path)
	})
	return {...facts, pending: paths}
}

function withText(facts: Omit<AgreedPoint, 'pending'>, text: string): AgreedPoint {
	let paths: readonly RelPath[] | undefined
	return {
		...facts,
		get pending() {
			paths ??= text.split(separator).map(storedPath)
			return paths
		},
	}
}

/** What was stored under `key`. Throws Damage. */
export function decodeAgreement(key: string, value: string): Agreement {
	const peer = parseDeviceId(key.slice(1))
	const [atSec, last, before, confirmed] = elements(parseStored(value, 'an agreement'), 'an agreement')
	if (peer === undefined || typeof atSec !== 'number') throw malformed()
	const points = {last: decodePoint(last), before: before === null ? null : decodePoint(before)}
	return {peer, ...points, confirmed: confirmed === 1, atSec}
}
