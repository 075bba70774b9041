// The use-case behind `sync`, `push` and `pull`: one round with the peer, then done.

import {assertNotExpired} from '../certs/index.js'
import type {Config} from '../config/index.js'
import {requirePeer} from '../config/index.js'
import type {Direction} from '../core/plan.js'
import type {RoundEvent} from '../session/round.js'
import {Connection} from './connection.js'
import {resultOf, type SyncResult} from './result.js'
import {loadCredentials, nowMs, openReplica} from './setup.js'

export interface SyncOptions {
	readonly direction: Direction
	readonly force: boolean
	readonly dryRun: boolean
	readonly allowDeletes: boolean
	readonly firstSync: boolean
	readonly verbose: boolean
}

/** What a listener hears while a sync runs, in this order: connect, scan, compare, transfer, commit. */
export type SyncEvent =
	| RoundEvent
	| {readonly kind: 'phase'; readonly phase: 'connect'}
	| {readonly kind: 'connected'; readonly name: string; readonly host: string; readonly port: number}
	| {readonly kind: 'warning'; readonly message: string}
	/** Changes that a push or pull leaves to a sync. */
	| {readonly kind: 'held'; readonly changes: number}

/** A clock this far off is worth a word, in ms. */
const clockWarningMs = 60_000

/** Syncs once. Throws FileSyncError; paths that could not be handled are in the result. */
export async function syncOnce(
	config: Config,
	options: SyncOptions,
	signal: AbortSignal,
	onEvent: (event: SyncEvent) => void,
): Promise<SyncResult> {
	const startedAt = performance.now()
	const peerAddress = requirePeer(config)
	const credentials = loadCredentials(config)
	assertNotExpired('own', credentials.identity, nowMs())
	for (const message of credentials.warnings) onEvent({kind: 'warning', message})
	const replica = await openReplica(config, options.firstSync)
	onEvent({kind: 'phase', phase: 'connect'})
	try {
		// The scan needs no peer: it runs while the connection is made. A peer that cannot be reached ends it.
		const stop = new AbortController()
		const either = AbortSignal.any([signal, stop.signal])
		const scanning = replica.scan(either, (entries) => onEvent({kind: 'scanning', entries}))
		scanning.catch(() => {})
		let connection: Connection
		try {
			connection = await Connection.open({config, credentials, replica, signal})
		} catch (error) {
			stop.abort()
			await scanning.catch(() => {})
			throw error
		}
		onEvent({kind: 'connected', name: connection.peer.name, ...peerAddress})
		warnOfClock(connection.acquaintance.clockOffsetMs, onEvent)
		try {
			const outcome = await connection.lead(options, () => scanning, onEvent)
			onEvent({kind: 'held', changes: outcome.plan.heldBack.length})
			await connection.close()
			if (!options.dryRun) replica.expireTrash()
			return resultOf(outcome, {
				dryRun: options.dryRun,
				verbose: options.verbose,
				peer: connection.peer,
				bytesSent: connection.channel.bytesSent,
				bytesReceived: connection.channel.bytesReceived,
				durationMs: Math.round(performance.now() - startedAt),
			})
		} catch (error) {
			await connection.close(error)
			throw error
		}
	} finally {
		await replica.close()
	}
}

export function warnOfClock(offsetMs: number, onEvent: (event: SyncEvent) => void): void {
	if (Math.abs(offsetMs) < clockWarningMs) return
	const minutes = Math.round(Math.abs(offsetMs) / 60_000)
	const side = offsetMs > 0 ? 'ahead of' : 'behind'
	onEvent({
		kind: 'warning',
		message: `the peer's clock is ${minutes} min ${side} this one; it is taken into account when a conflict is decided`,
	})
}
