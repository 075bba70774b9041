// When content and mode of a path were last changed, each for itself: so an edit here and a chmod there are no conflict. Pure.
import type {Entry, LiveState, PartVersions} from './entry.js'
import {compareVersions, decider, mergeVersions, type VersionVector} from './versions.js'

export type {PartVersions} from './entry.js'

type Versioned = Pick<Entry, 'version' | 'parts'>

export const contentVersion = ({version, parts}: Versioned): VersionVector => parts?.content ?? version
export const modeVersion = ({version, parts}: Versioned): VersionVector => parts?.mode ?? version

/** undefined where both are that version. */
export function partsOf(version: VersionVector, content: VersionVector, mode: VersionVector): PartVersions | undefined {
	const isWhole = compareVersions(content, version) === 'equal' && compareVersions(mode, version) === 'equal'
	return isWhole ? undefined : {content, mode}
}

/** Of what was edited to `version`: a part that did not change keeps the version of `before`. */
export function editedParts(
	before: (Versioned & Pick<Entry, 'state'>) | undefined,
	state: LiveState,
	isContentChanged: boolean,
	version: VersionVector,
): PartVersions | undefined {
	if (before === undefined || before.state.kind !== state.kind) return undefined
	const content = isContentChanged ? version : contentVersion(before)
	const isSameMode = !('mode' in before.state) || !('mode' in state) || before.state.mode === state.mode
	return partsOf(version, content, isSameMode ? modeVersion(before) : version)
}

/** Of two entries that agree and take `version`. */
export const mergedParts = (a: Versioned, b: Versioned, version: VersionVector): PartVersions | undefined =>
	partsOf(version, mergeVersions(contentVersion(a), contentVersion(b)), mergeVersions(modeVersion(a), modeVersion(b)))

/** True when a device stands in both vectors: one side may hold what the other once held. */
export function haveCommonPast(a: VersionVector, b: VersionVector): boolean {
	const known = new Set(a.map(([device]) => device))
	return b.some(([device]) => device !== decider && known.has(device))
}
