// Converts a round's result to the leader's report, and the report to the result as seen from the follower.
import type {FollowedRound} from '../../session/round/follower.js'
import type {RoundReport} from '../../session/round/reporting.js'
import type {ReportRow} from '../../wire/report.js'
import type {PeerResult, SyncAction, SyncResult} from '../use/sync-result.js'

/** The result of one round. */
export interface Led {
	readonly result: SyncResult
	/** Number of changes that a push or pull leaves for a sync. */
	readonly heldBack: number
	/** A note on what a dry run cannot foresee. */
	readonly unforeseen: string | undefined
}

/** The part of a request that its answer needs. */
export interface Asking {
	readonly id: number
	readonly wantsActions: boolean
}

/** Actions in a report unless all were asked for: enough for the follower's log. */
const toldActions = 50
/** Longest message of a problem, in UTF-16 units. */
const mostMessage = 2000

const otherSide = {
	push: 'pull',
	pull: 'push',
	delete_local: 'delete_remote',
	delete_remote: 'delete_local',
	rename_local: 'rename_remote',
	rename_remote: 'rename_local',
	metadata_local: 'metadata_remote',
	metadata_remote: 'metadata_local',
	conflict: 'conflict',
} as const satisfies Record<SyncAction['action'], SyncAction['action']>

const isAction = (text: string): text is SyncAction['action'] => Object.hasOwn(otherSide, text)
const opposite = (side: string | undefined): 'local' | 'remote' => (side === 'local' ? 'remote' : 'local')

/** `request`: the follower's request for this round; null: the leader started it. */
export function reportOf({result, heldBack, unforeseen}: Led, request: Asking | null): Omit<RoundReport, 'kind'> {
	const {actions, conflicts, problems} = result
	const told = request?.wantsActions === true ? actions : actions?.slice(0, toldActions)
	const rows: ReportRow[] = [
		...(told ?? []).map(
			({action, path, from = '', winner = '', copy = ''}): ReportRow => ['action', action, path, from, winner, copy],
		),
		...conflicts.map(({path, winner, copy}): ReportRow => ['conflict', path, winner, copy]),
		...problems.map(
			({path, side, code, message}): ReportRow => ['problem', path, side, code, message.slice(0, mostMessage)],
		),
	]
	return {
		request: request?.id ?? null,
		rows,
		sums: {
			ok: result.ok,
			dryRun: result.dry_run,
			hasActions: actions !== undefined,
			pushed: result.pushed,
			pulled: result.pulled,
			deletedLocal: result.deleted_local,
			deletedRemote: result.deleted_remote,
			renamed: result.renamed,
			metadata: result.metadata,
			bytesSent: result.bytes_sent,
			bytesReceived: result.bytes_received,
			durationMs: result.duration_ms,
			heldBack,
			warning: unforeseen?.slice(0, 1000) ?? null,
		},
	}
}

/** The peer's report with both sides swapped. `peer`: the leader. */
export function ledByPeer({rows, sums}: RoundReport, peer: PeerResult): Led {
	const actions: SyncAction[] = []
	const conflicts: SyncResult['conflicts'][number][] = []
	const problems: SyncResult['problems'][number][] = []
	for (const [kind, first = '', second = '', third = '', fourth = '', fifth = ''] of rows) {
		if (kind === 'conflict') conflicts.push({path: first, winner: opposite(second), copy: third})
		else if (kind === 'problem') problems.push({path: first, side: opposite(second), code: third, message: fourth})
		else if (isAction(first))
			actions.push({
				action: otherSide[first],
				path: second,
				...(third === '' ? {} : {from: third}),
				...(fourth === '' ? {} : {winner: opposite(fourth), copy: fifth}),
			})
	}
	return {
		result: {
			ok: sums.ok,
			dry_run: sums.dryRun,
			peer,
			pushed: sums.pulled,
			pulled: sums.pushed,
			deleted_local: sums.deletedRemote,
			deleted_remote: sums.deletedLocal,
			renamed: sums.renamed,
			metadata: sums.metadata,
			conflicts,
			problems,
			...(sums.hasActions ? {actions} : {}),
			bytes_sent: sums.bytesReceived,
			bytes_received: sums.bytesSent,
			duration_ms: sums.durationMs,
		},
		heldBack: sums.heldBack,
		unforeseen: sums.warning ?? undefined,
	}
}

/** The result as far as the follower knows it, for a leader that sends no report. */
export const resultWithoutReport = (
	peer: PeerResult,
	{applied, sent, failed}: FollowedRound,
	durationMs: number,
): SyncResult => ({
	ok: failed === 0,
	dry_run: false,
	peer,
	pushed: sent,
	pulled: applied,
	deleted_local: 0,
	deleted_remote: 0,
	renamed: 0,
	metadata: 0,
	conflicts: [],
	problems: [],
	bytes_sent: 0,
	bytes_received: 0,
	duration_ms: durationMs,
})
