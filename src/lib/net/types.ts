// The shapes that the net module takes and gives. Structural, so that the certs module need not be imported.
import type {FileSyncError} from '../errors/index.js'

/** This device's certificate and private key. */
export interface Identity {
	readonly certPem: string
	readonly keyPem: string
}

/** A certificate that is accepted as the peer's, and nothing but it. */
export interface Pin {
	/** SHA-256 of the raw leaf certificate (DER), 64 lowercase hex digits. */
	readonly fingerprint: string
	/** Validity, milliseconds since 1970. */
	readonly notBeforeMs: number
	readonly notAfterMs: number
	readonly certPem: string
	readonly subject: string
}

/** Who is at the other end, as proved by the handshake. */
export interface PeerInfo {
	/** SHA-256 of the peer's leaf certificate, 64 lowercase hex digits. */
	readonly fingerprint: string
	/** Printable on any terminal. */
	readonly subject: string
	readonly address: string
	readonly port: number
}

/**
 * Why a channel is over.
 * - `ended`: the peer finished at a frame boundary, or this side's `end()` was carried out. A peer whose process was
 *   killed looks the same: whether all was said, only the session's own last message tells.
 * - `refused`: the peer closed before its first frame: it does not accept this side's certificate (TLS 1.3 shows
 *   that only after the handshake), or it is shutting down.
 * - `lost`: the connection broke, ended inside a frame, or stalled.
 * - `protocol`: the peer sent what is no frame.
 * - `destroyed`: this side's `destroy(error)`, or an exception in `onFrame`.
 */
export type CloseReason =
	| {readonly kind: 'ended'; readonly error?: undefined}
	| {readonly kind: 'refused' | 'lost' | 'protocol'; readonly error: FileSyncError}
	| {readonly kind: 'destroyed'; readonly error?: unknown}

/** A connection attempt that did not become a channel. All texts are printable on any terminal. */
export interface Refusal {
	/** `address:port` of the client; empty when it is the listener itself that failed. */
	readonly address: string
	readonly reason: string
	/** An error code of FileSync's table, or a system error name (`EMFILE`). */
	readonly code: string
}
