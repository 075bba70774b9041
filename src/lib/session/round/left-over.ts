// The paths that a round leaves over: few travel in the `settle` or `settled` frame, many in `pending` frames ahead of it. Trusts
// nothing from the peer: paths are checked, and their number is bounded.
import {parseRelPath, type RelPath} from '../../core/paths.js'
import {wireLimits} from '../../wire/codes.js'
import {protocolFault} from '../../wire/fault.js'
import {toJson} from '../../wire/json.js'
import {decode, Pending} from '../../wire/messages.js'
import {encodeRows} from '../batches.js'
import type {Conversation} from '../conversation.js'
import type {Acquaintance} from '../greeting.js'

/** Most left-over paths with which a round with this peer still makes an agreement. */
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
