// Accepts connections: TCP, TLS 1.3 handshake, pin, then a channel for the caller.
// Clients that are not the peer learn nothing, take one of a bounded number of slots, and are reported in escaped text.
import {createServer, type Server, type Socket} from 'node:net'
import {type SecureContext, TLSSocket} from 'node:tls'
import {errnoOf, FileSyncError} from '../errors/index.js'
import {Channel} from './channel.js'
import {handshakeReason, listenError} from './faults.js'
import {expiryError, judgePeer, type OwnCertificate, ownCertificate} from './pinning.js'
import {judgedByUs, keepAliveMs, secureContextFor} from './secure.js'
import {showAddress} from './text.js'
import type {Identity, Pin, Refusal} from './types.js'

export interface ListenOptions {
	readonly host: string
	/** 0: any free port; see `Listener.port`. */
	readonly port: number
	readonly identity: Identity
	readonly pins: readonly Pin[]
	/** Closes the listener like `close()`. */
	readonly signal?: AbortSignal | undefined
	readonly onChannel: (channel: Channel) => void
	readonly onRefused: (info: Refusal) => void
	/** Connections in their handshake at most; a further one replaces the oldest. Default: 32. */
	readonly maxUnauthenticated?: number
	/** Default: 10,000. */
	readonly handshakeTimeoutMs?: number
}

export interface Listener {
	readonly host: string
	readonly port: number
	/** Stops accepting and drops connections that are not authenticated; open channels stay. */
	close(): Promise<void>
}

/** Time for a refused client to read the end of its connection (ms). */
const lingerMs = 1_000

/** @throws FileSyncError LISTEN_FAILED, CERT_INVALID, CERT_EXPIRED or INTERRUPTED */
export async function listen(options: ListenOptions): Promise<Listener> {
	const {host, port, signal} = options
	const own = ownCertificate(options.identity)
	const expired = expiryError('own', own, Date.now())
	if (expired !== undefined) throw expired
	if (signal?.aborted === true)
		throw new FileSyncError('INTERRUPTED', 'Interrupted before listening', [], {cause: signal.reason})

	const door = new Door(options, own, secureContextFor(options.identity))
	const server = createServer(
		{allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs},
		(raw) => door.knock(raw),
	)
	await opened(server, host, port)
	// Such as EMFILE on accept: that connection is lost, the listener goes on.
	server.on('error', (error) =>
		options.onRefused({
			address: '',
			reason: `a connection could not be accepted: ${errnoOf(error) ?? error.message}`,
			code: errnoOf(error) ?? 'INTERNAL',
		}),
	)

	const close = async (): Promise<void> => {
		signal?.removeEventListener('abort', close)
		// Not awaited: its callback waits for open channels, too, which others own. The port is free at once.
		server.close()
		door.clear()
	}
	signal?.addEventListener('abort', close)
	const bound = server.address()
	return {host, port: bound !== null && typeof bound === 'object' ? bound.port : port, close}
}

const opened = (server: Server, host: string, port: number): Promise<void> =>
	new Promise((resolve, reject) => {
		const onError = (cause: unknown): void => reject(listenError(cause, host, port))
		server.once('error', onError)
		server.listen({host, port}, () => {
			server.removeListener('error', onError)
			resolve()
		})
	})

/** Connections that are not authenticated yet. */
class Door {
	/** In order of arrival; the value closes the connection. */
	readonly #waiting = new Map<Socket, (reason: string, code: string) => void>()
	readonly #options: ListenOptions
	readonly #own: OwnCertificate
	readonly #secureContext: SecureContext
	readonly #maxWaiting: number
	/** Set while all slots are taken, so that a flood of connections is logged once. */
	#crowded = false

	constructor(options: ListenOptions, own: OwnCertificate, secureContext: SecureContext) {
		this.#options = options
		this.#own = own
		this.#secureContext = secureContext
		this.#maxWaiting = options.maxUnauthenticated ?? 32
	}

	knock(raw: Socket): void {
		this.#makeRoom()
		const address = showAddress(raw.remoteAddress ?? 'unknown', raw.remotePort ?? 0)
		const secured = new TLSSocket(raw, {isServer: true, secureContext: this.#secureContext, ...judgedByUs})
		const leave = (): void => {
			clearTimeout(timer)
			this.#waiting.delete(raw)
			if (this.#waiting.size < this.#maxWaiting / 2) this.#crowded = false
			secured
				.removeListener('error', onError)
				.removeListener('close', onClose)
				.removeListener('end', onClose)
				.removeListener('secure', onSecure)
			secured.on('error', ignore)
		}
		const drop = (reason: string, code: string): void => {
			leave()
			secured.destroy()
			raw.destroy()
			if (reason !== '') this.#options.onRefused({address, reason, code})
		}
		const onError = (cause: unknown): void => {
			const {reason, code} = handshakeReason(cause)
			drop(reason, code)
		}
		const onClose = (): void => onError(undefined)
		const onSecure = (): void => {
			leave()
			this.#judge(secured, raw, address)
		}
		const timeoutMs = this.#options.handshakeTimeoutMs ?? 10_000
		const timer = setTimeout(
			() => drop(`did not finish the TLS handshake within ${timeoutMs / 1000} s`, 'CONNECTION_LOST'),
			timeoutMs,
		)
		this.#waiting.set(raw, drop)
		raw.on('error', ignore)
		secured.on('error', onError)
		secured.on('close', onClose)
		// A half-open socket does not close by itself if the client leaves during the handshake.
		secured.on('end', onClose)
		secured.on('secure', onSecure)
	}

	clear(): void {
		for (const drop of [...this.#waiting.values()]) drop('', '')
	}

	/** Drops the oldest: a peer needs two round trips, an attacker that fills the slots stays longer. */
	#makeRoom(): void {
		if (this.#waiting.size < this.#maxWaiting) return
		const [oldest] = this.#waiting.values()
		oldest?.(
			this.#crowded ? '' : `pushed out: more than ${this.#maxWaiting} connections do not finish their handshake`,
			'CONNECTION_LOST',
		)
		this.#crowded = true
	}

	#judge(secured: TLSSocket, raw: Socket, address: string): void {
		const expired = expiryError('own', this.#own, Date.now())
		const verdict = judgePeer(secured, this.#options.pins, this.#own, address, Date.now())
		const error = expired ?? (verdict.ok ? undefined : verdict.error)
		if (error !== undefined || !verdict.ok) {
			this.#turnAway(secured, raw)
			if (error !== undefined) this.#options.onRefused({address, reason: error.message, code: error.code})
			return
		}
		const {fingerprint, subject} = verdict
		const peer = {fingerprint, subject, address: raw.remoteAddress ?? 'unknown', port: raw.remotePort ?? 0}
		const channel = new Channel(secured, {peer, wire: raw, ownFingerprint: this.#own.fingerprint})
		secured.removeListener('error', ignore)
		this.#options.onChannel(channel)
	}

	/**
	 * Closes the connection in order instead of resetting it: reads and drops the client's input for a moment. It keeps its slot meanwhile,
	 * so the number of such connections is bounded, too.
	 */
	#turnAway(secured: TLSSocket, raw: Socket): void {
		const gone = (): void => {
			clearTimeout(timer)
			this.#waiting.delete(raw)
			secured.destroy()
			raw.destroy()
		}
		const timer = setTimeout(gone, lingerMs)
		this.#waiting.set(raw, gone)
		secured.once('close', gone)
		secured.once('end', gone)
		secured.resume()
		secured.end()
	}
}

const ignore = (): void => {}
