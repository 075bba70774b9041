// The paths that a round leaves over, told before it is settled: few stand in the `settle` or `settled` frame, many come in frames of
// their own ahead of it. Believes nothing: paths are checked, and their number is bounded.
import {parseRelPath, type RelPath} from '../core/paths.js'
import {wireLimits} from '../wire/codes.js'
import {protocolFault} from '../wire/fault.js'
import {toJson} from '../wire/json.js'
import {decode, Pending} from '../wire/messages.js'
import type {Conversation} from './conversation.js'
import type {Acquaintance} from './greeting.js'
import {encodeRows} from './rows.js'

/** So many paths at most may be left over in a round with this peer that still comes to an agreement. */
export const mostLeftOver = ({takesPending}: Acquaintance): number =>
	takesPending ? wireLimits.pending : wireLimits.settlePaths

/** Sends many paths ahead. Returns those that the frame to come has to hold. */
export async function sendLeftOver(
	conversation: Conversation,
	peer: Acquaintance,
	paths: readonly string[],
): Promise<readonly string[]> {
	if (!peer.takesPending || paths.length <= wireLimits.fewPaths) return paths
	for (const body of encodeRows(paths, (some) => toJson({paths: some}))) {
		conversation.send('pending', body)
		await conversation.drained()
	}
	return []
}

/** The paths that the peer tells of; what is no path here is left out. */
export class LeftOver {
	readonly paths: RelPath[] = []

	/** The body of a `pending` frame. */
	take(body: Uint8Array): void {
		this.add(decode(Pending, body, 'pending').paths)
	}

	add(texts: readonly string[]): void {
		if (this.paths.length + texts.length > wireLimits.pending)
			throw protocolFault('more left-over paths than are taken')
		for (const text of texts) {
			const check = parseRelPath(text)
			if (check.ok) this.paths.push(check.path)
		}
	}
}
