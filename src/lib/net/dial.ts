// Opens a connection to the peer: TCP, TLS 1.3, then the pin. The channel that it returns is proved to lead to the peer.
// Whether the peer accepts this side shows only later: `closed` then has the kind 'refused'.
import {connect as connectTcp, type Socket} from 'node:net'
import {connect as connectTls, type TLSSocket} from 'node:tls'
import {FileSyncError} from '../errors/index.js'
import {Channel} from './channel.js'
import {type DialStage, dialError} from './faults.js'
import {expiryError, judgePeer, type OwnCertificate, ownCertificate} from './pinning.js'
import {judgedByUs, keepAliveMs, secureContextFor} from './secure.js'
import {showAddress} from './text.js'
import type {Identity, Pin} from './types.js'

export interface DialOptions {
	readonly host: string
	readonly port: number
	readonly identity: Identity
	/** A peer with any of these is accepted. */
	readonly pins: readonly Pin[]
	/** Ends the attempt; has no effect on the channel afterwards. */
	readonly signal?: AbortSignal | undefined
	/** For name lookup, connection and handshake together. Default: 10,000. */
	readonly timeoutMs?: number
}

/** Time for each address of several (ms). Node's default of 250 ms is too short for a satellite line. */
const addressAttemptMs = 1_000

/**
 * Connects to the peer and checks who it is.
 * @throws FileSyncError PEER_UNREACHABLE, PEER_MISMATCH, PEER_REFUSED, PEER_VERSION, SELF_CONNECTION, CERT_EXPIRED,
 * CERT_INVALID or INTERRUPTED (the signal; its reason is the cause)
 */
export async function dial(options: DialOptions): Promise<Channel> {
	const {host, port, identity, signal, timeoutMs = 10_000} = options
	if (signal?.aborted === true) throw interrupted(options)
	const own = ownCertificate(identity)
	const expired = expiryError('own', own, Date.now())
	if (expired !== undefined) throw expired
	const secureContext = secureContextFor(identity)

	return new Promise((resolve, reject) => {
		let stage: DialStage = 'connect'
		let secured: TLSSocket | undefined
		const raw: Socket = connectTcp({
			host,
			port,
			allowHalfOpen: true,
			autoSelectFamily: true,
			autoSelectFamilyAttemptTimeout: addressAttemptMs,
			noDelay: true,
			keepAlive: true,
			keepAliveInitialDelay: keepAliveMs,
		})

		const settle = (): void => {
			clearTimeout(timer)
			signal?.removeEventListener('abort', onAbort)
			secured?.removeListener('error', onError).removeListener('close', onClose)
		}
		const fail = (error: FileSyncError): void => {
			settle()
			secured?.on('error', ignore).destroy()
			raw.destroy()
			reject(error)
		}
		const onError = (cause: unknown): void =>
			fail(dialError(cause, stage, {host, port, ownFingerprint: own.fingerprint}))
		const onClose = (): void => onError(undefined)
		const onAbort = (): void => fail(interrupted(options))
		const timer = setTimeout(() => fail(timeoutError(options, stage, timeoutMs)), timeoutMs)

		signal?.addEventListener('abort', onAbort)
		raw.once('error', onError)
		raw.once('connect', () => {
			stage = 'handshake'
			raw.removeListener('error', onError).on('error', ignore)
			secured = connectTls({
				socket: raw,
				secureContext,
				...judgedByUs,
				servername: '',
				checkServerIdentity: () => undefined,
			})
			secured.once('error', onError)
			secured.once('close', onClose)
			secured.once('secureConnect', () => {
				if (secured === undefined) return
				try {
					const channel = admit(secured, raw, options, own)
					settle()
					resolve(channel)
				} catch (error) {
					fail(
						error instanceof FileSyncError
							? error
							: dialError(error, stage, {host, port, ownFingerprint: own.fingerprint}),
					)
				}
			})
		})
	})
}

/** @throws FileSyncError if the other end is not the peer */
function admit(secured: TLSSocket, raw: Socket, {host, port, pins}: DialOptions, own: OwnCertificate): Channel {
	const verdict = judgePeer(secured, pins, own, showAddress(host, port), Date.now())
	if (!verdict.ok) throw verdict.error
	const {fingerprint, subject} = verdict
	const peer = {fingerprint, subject, address: raw.remoteAddress ?? host, port: raw.remotePort ?? port}
	return new Channel(secured, {peer, wire: raw, ownFingerprint: own.fingerprint})
}

const ignore = (): void => {}

const interrupted = ({host, port, signal}: DialOptions): FileSyncError =>
	new FileSyncError('INTERRUPTED', `Interrupted while connecting to ${showAddress(host, port)}`, [], {
		cause: signal?.reason,
	})

function timeoutError({host, port}: DialOptions, stage: DialStage, timeoutMs: number): FileSyncError {
	const label = showAddress(host, port)
	const within = `within ${timeoutMs / 1000} s`
	if (stage === 'connect')
		return new FileSyncError('PEER_UNREACHABLE', `${label} did not answer ${within}`, [
			'check that the other device is on and in the same network',
			`check peer.host, and that no firewall there blocks port ${port}`,
		])
	return new FileSyncError(
		'PEER_UNREACHABLE',
		`${label} accepted the connection and did not finish the TLS handshake ${within}`,
		['check that FileSync listens there and not another program', 'see whether FileSync on the other device hangs'],
	)
}
