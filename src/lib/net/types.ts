// Types of the net module. Structural, so that it needs no import from the certs module.
import type {FileSyncError} from '../errors/index.js'

/** This device's certificate and private key. */
export interface Identity {
	readonly certPem: string
	readonly keyPem: string
}

/** A certificate that is accepted as the peer's. */
export interface Pin {
	/** SHA-256 of the raw leaf certificate (DER), 64 lowercase hex digits. */
	readonly fingerprint: string
	/** Validity in milliseconds since 1970. */
	readonly notBeforeMs: number
	readonly notAfterMs: number
	readonly certPem: string
	readonly subject: string
}

/** The other end, as the handshake has proved. */
export interface PeerInfo {
	/** SHA-256 of the peer's leaf certificate, 64 lowercase hex digits. */
	readonly fingerprint: string
	/** Escaped. */
	readonly subject: string
	readonly address: string
	readonly port: number
}

/**
 * Why a channel is over.
 * - `ended`: the peer finished between two frames, or this side's `end()` is complete. A killed peer looks the same; only the session's
 *   last message tells that it had sent everything.
 * - `refused`: the peer closed before its first frame. It does not accept this side's certificate (TLS 1.3 shows that only after the
 *   handshake), or it is shutting down.
 * - `lost`: the connection broke, ended inside a frame, or stalled.
 * - `protocol`: the peer sent something that is no frame.
 * - `destroyed`: this side's `destroy(error)`, or an exception in `onFrame`.
 */
export type CloseReason =
	| {readonly kind: 'ended'; readonly error?: undefined}
	| {readonly kind: 'refused' | 'lost' | 'protocol'; readonly error: FileSyncError}
	| {readonly kind: 'destroyed'; readonly error?: unknown}

/** A connection that did not become a channel. All texts are escaped. */
export interface Refusal {
	/** `address:port` of the client; empty if the listener itself failed. */
	readonly address: string
	readonly reason: string
	/** An error code of FileSync, or a system error code (`EMFILE`). */
	readonly code: string
}
