// Turns connection errors of Node and OpenSSL into errors that users can act on. Decides by code, never by message text.
import {errnoOf, FileSyncError} from '../errors/index.js'
import {safeText, showAddress, showFingerprint} from './text.js'

const tryAgain = 'what was finished is kept: run the same command again'

/** TLS 1.3 alerts of a peer that does not accept this side's certificate. */
const refusalAlert =
	/^ERR_SSL_.*ALERT_(CERTIFICATE_REQUIRED|NO_CERTIFICATE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED)$/

/** OpenSSL codes for a peer that does not speak TLS. */
const notTls =
	/^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|HTTPS_PROXY_REQUEST|BAD_RECORD_TYPE|UNEXPECTED_MESSAGE|RECORD_LAYER_FAILURE|BAD_LENGTH|DATA_LENGTH_TOO_LONG|LENGTH_TOO_SHORT|UNEXPECTED_RECORD)$/

/** OpenSSL codes for two ends without a common TLS version. */
const otherTls = /^ERR_SSL_(UNSUPPORTED_PROTOCOL|TLSV1_ALERT_PROTOCOL_VERSION|VERSION_TOO_LOW|WRONG_SSL_VERSION)$/

const brokenBy: Readonly<Record<string, string>> = {
	ECONNRESET: 'the other end or the network broke it off',
	EPIPE: 'the other end has closed it',
	ECONNABORTED: 'it was broken off',
	ETIMEDOUT: 'nothing came any more',
	EHOSTUNREACH: 'the network does not reach the other device',
	ENETUNREACH: 'this device is in no network that reaches the other',
	ENETDOWN: 'the network of this device is down',
}

/** The cause in a few words, else its code, else its message. */
function inShort(cause: unknown): string {
	if (cause === undefined || cause === null) return 'closed by the other end or the network'
	const words = brokenBy[errnoOf(cause) ?? '']
	if (words !== undefined) return `${words} (${errnoOf(cause)})`
	return safeText(errnoOf(cause) ?? (cause instanceof Error ? cause.message : String(cause)))
}

/** True if the peer refused the certificate by an alert. A peer that only closes may be shutting down. */
export const isSureRefusal = (cause: unknown): boolean => refusalAlert.test(errnoOf(cause) ?? '')

/** True if a connection that broke with `cause` was refused: by an alert about the certificate, or closed before the first frame. */
export function isRefusal(cause: unknown, beforeFirstFrame: boolean): boolean {
	const code = errnoOf(cause) ?? ''
	if (isSureRefusal(cause)) return true
	return (
		beforeFirstFrame && (cause === undefined || code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED')
	)
}

export function refusedError(label: string, ownFingerprint: string | undefined, cause?: unknown): FileSyncError {
	const own = ownFingerprint === undefined ? '' : ` (${showFingerprint(ownFingerprint)})`
	return new FileSyncError(
		'PEER_REFUSED',
		`${label} closed the connection before its first message: it does not accept this device's certificate${own}, or it is shutting down`,
		[
			"on the other device, set certs.peer_cert to a copy of this device's certificate",
			'compare the fingerprints with `filesync certs show` on both devices',
			'the output of `filesync serve` on the other device names what it refused',
		],
		{cause},
	)
}

export const lostError = (label: string, what?: string, cause?: unknown): FileSyncError =>
	new FileSyncError('CONNECTION_LOST', `The connection to ${label} was lost: ${what ?? inShort(cause)}`, [tryAgain], {
		cause,
	})

export const truncatedError = (label: string): FileSyncError => lostError(label, 'it ended in the middle of a message')

/** The stage in which a dial failed. */
export type DialStage = 'connect' | 'handshake'

export interface Target {
	readonly host: string
	readonly port: number
	readonly ownFingerprint: string
}

const unreachable = (message: string, advice: readonly string[], cause: unknown): FileSyncError =>
	new FileSyncError('PEER_UNREACHABLE', message, advice, {cause})

/** The error for a dial that failed with `cause`. */
export function dialError(cause: unknown, stage: DialStage, target: Target): FileSyncError {
	const label = showAddress(target.host, target.port)
	return stage === 'connect' ? connectError(cause, label, target) : handshakeError(cause, label, target)
}

function connectError(cause: unknown, label: string, {host, port}: Target): FileSyncError {
	const code = errnoOf(cause) ?? ''
	if (code === 'ECONNREFUSED')
		return unreachable(
			`Nothing listens at ${label} (ECONNREFUSED)`,
			['start `filesync serve` on the other device', `check that peer.port (${port}) is the server.port there`],
			cause,
		)
	if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return nameError(cause, code, host)
	if (/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)$/.test(code))
		return unreachable(
			`${label} cannot be reached over the network (${code})`,
			[
				'check that both devices are on and in the same network',
				`check peer.host, and that no firewall there blocks port ${port}`,
			],
			cause,
		)
	if (code === 'EACCES' || code === 'EPERM')
		return unreachable(
			`This device does not allow the connection to ${label} (${code})`,
			['check the firewall of this device'],
			cause,
		)
	return unreachable(`Could not connect to ${label}: ${inShort(cause)}`, ['check peer.host and peer.port'], cause)
}

/** The error for a failed name lookup. EAI_AGAIN: no name server answered, so the name may be right. */
function nameError(cause: unknown, code: string, host: string): FileSyncError {
	const name = safeText(host)
	const byNumber = "use the other device's IP address instead of its name: set peer.host"
	// The other device itself answers for such names, by multicast DNS.
	if (/\.local\.?$/i.test(host))
		return unreachable(
			`No device answers to the name ${name} in this network (${code})`,
			[
				'check that the other device is on and in the same network',
				'names in .local need mDNS: Avahi on Linux, and on both devices; Android has none',
				byNumber,
			],
			cause,
		)
	if (code === 'EAI_AGAIN')
		return unreachable(
			`The name ${name} of the peer could not be looked up, because no name server answers (${code}): this device seems to be offline`,
			["check this device's network connection", byNumber],
			cause,
		)
	return unreachable(
		`The name ${name} of the peer is not known (${code})`,
		['check peer.host for a typing error', byNumber],
		cause,
	)
}

function handshakeError(cause: unknown, label: string, target: Target): FileSyncError {
	const code = errnoOf(cause) ?? ''
	if (isRefusal(cause, false)) return refusedError(label, target.ownFingerprint, cause)
	if (notTls.test(code))
		return unreachable(
			`What listens at ${label} does not speak TLS (${code})`,
			[`check that peer.port (${target.port}) is the port of \`filesync serve\` and not of another program`],
			cause,
		)
	if (otherTls.test(code))
		return new FileSyncError(
			'PEER_VERSION',
			`${label} does not speak TLS 1.3 (${code})`,
			['check that FileSync listens there, and run the same version on both devices'],
			{cause},
		)
	return unreachable(
		`${label} accepted the connection and broke it off during the TLS handshake: ${inShort(cause)}`,
		[
			'check that FileSync listens there and not another program',
			'see the output of `filesync serve` on the other device',
		],
		cause,
	)
}

/** Why a client's handshake failed, for the server's log. */
export function handshakeReason(cause: unknown): {readonly reason: string; readonly code: string} {
	const code = errnoOf(cause) ?? ''
	if (notTls.test(code)) return {reason: `does not speak TLS (${code})`, code: 'PROTOCOL'}
	if (otherTls.test(code)) return {reason: `does not speak TLS 1.3 (${code})`, code: 'PEER_VERSION'}
	if (isRefusal(cause, false))
		return {reason: `does not accept this device's certificate (${code})`, code: 'PEER_REFUSED'}
	const why = cause === undefined ? "a port scan, or it does not accept this device's certificate" : inShort(cause)
	return {reason: `broke off the TLS handshake: ${why}`, code: 'CONNECTION_LOST'}
}

/** Why a port could not be opened, with advice. Some causes pass; their exit code makes a service manager retry. */
const listenFaults: Readonly<Record<string, readonly [what: string, advice: (port: number) => string]>> = {
	EADDRINUSE: [
		'the port is taken',
		(port) => `another program, or another \`filesync serve\`, uses port ${port}: stop it, or set another server.port`,
	],
	EADDRNOTAVAIL: [
		'this device does not have that address now',
		() => 'wait for the network, or set server.host to an address of this device, or to 0.0.0.0 for all',
	],
	EMFILE: ['too many files are open in this process', () => 'raise the limit of open files (ulimit -n)'],
}

/**
 * The error for a listener that could not be opened. LISTEN_FAILED may pass: the network has not assigned the address yet, or an earlier
 * node still holds the port. CONFIG_INVALID does not.
 */
export function listenError(cause: unknown, host: string, port: number): FileSyncError {
	const label = showAddress(host, port)
	const code = errnoOf(cause) ?? ''
	if (code === 'EACCES' || code === 'EPERM')
		return new FileSyncError(
			'CONFIG_INVALID',
			`Cannot listen on ${label}: the system does not allow it (${code})`,
			['ports below 1024 need special rights: set server.port to 1024 or above'],
			{cause},
		)
	const known = listenFaults[code]
	const advice = known?.[1](port) ?? 'set server.host to an address of this device, or to 0.0.0.0 for all'
	const what = known === undefined ? inShort(cause) : `${known[0]} (${code})`
	return new FileSyncError('LISTEN_FAILED', `Cannot listen on ${label}: ${what}`, [advice], {cause})
}
