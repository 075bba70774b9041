// Whom this side trusts: the peer's raw leaf certificate must be pinned, and valid now.
// Does not rely on Node's checks of chain, name and time; see the table in test/net/trust.test.ts.
import {createHash, timingSafeEqual, X509Certificate} from 'node:crypto'
import type {TLSSocket} from 'node:tls'
import {errnoOf, FileSyncError, messageOf} from '../errors/index.js'
import {safeText, showDay, showFingerprint, showSubject} from './text.js'
import type {Identity, Pin} from './types.js'

/** The part of this device's certificate that this module needs. */
export interface OwnCertificate {
	readonly fingerprint: string
	readonly subject: string
	readonly notBeforeMs: number
	readonly notAfterMs: number
}

const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest()

/** Reads this device's certificate. @throws FileSyncError CERT_INVALID */
export function ownCertificate(identity: Identity): OwnCertificate {
	try {
		const leaf = new X509Certificate(identity.certPem)
		return {
			fingerprint: sha256(leaf.raw).toString('hex'),
			subject: showSubject(leaf.subject),
			notBeforeMs: Date.parse(leaf.validFrom),
			notAfterMs: Date.parse(leaf.validTo),
		}
	} catch (cause) {
		throw identityError(cause)
	}
}

/** The error for a certificate or key of this device that OpenSSL refuses. */
export function identityError(cause: unknown): FileSyncError {
	const what = safeText(errnoOf(cause) ?? messageOf(cause))
	return new FileSyncError(
		'CERT_INVALID',
		`This device's certificate and key (certs.cert, certs.key) cannot be used: ${what}`,
		['check that both are PEM files and belong together', 'filesync certs show'],
		{cause},
	)
}

/** The error for a certificate that is expired or not valid yet; undefined: it is valid at `nowMs`. */
export function expiryError(
	whose: 'own' | 'peer',
	certificate: {readonly subject: string; readonly notBeforeMs: number; readonly notAfterMs: number},
	nowMs: number,
): FileSyncError | undefined {
	const {notBeforeMs, notAfterMs} = certificate
	const name = whose === 'own' ? `This device's certificate` : `The peer's certificate`
	const where = whose === 'own' ? 'on this device' : 'on the other device'
	const copyTo = whose === 'own' ? 'the other device' : 'this device'
	const subject = showSubject(certificate.subject)
	if (nowMs > notAfterMs)
		return new FileSyncError('CERT_EXPIRED', `${name} (${subject}) expired on ${showDay(notAfterMs)}`, [
			`run \`filesync certs show\` ${where}: it prints the command that renews the certificate`,
			`then copy the new .cert file to ${copyTo} (certs.peer_cert)`,
		])
	if (nowMs < notBeforeMs)
		return new FileSyncError(
			'CERT_EXPIRED',
			`${name} (${subject}) is valid from ${showDay(notBeforeMs)} only; this device's clock says ${showDay(nowMs)}`,
			[
				'check the date on both devices',
				`else renew it ${where}: \`filesync certs show\` prints the certificate's file`,
			],
		)
	return undefined
}

export type Verdict =
	| {readonly ok: true; readonly fingerprint: string; readonly subject: string}
	| {readonly ok: false; readonly error: FileSyncError}

/**
 * Decides whether the other end of a finished handshake is the peer. The handshake itself (CertificateVerify) proves that it has the
 * leaf's private key; only this function decides which leaf is accepted. `who`: its name in messages.
 */
export function judgePeer(
	socket: TLSSocket,
	pins: readonly Pin[],
	own: OwnCertificate,
	who: string,
	nowMs: number,
): Verdict {
	const refuse = (error: FileSyncError): Verdict => ({ok: false, error})
	// A resumed session checks no certificate. None is ever offered or accepted; this is a second safeguard.
	const leaf = socket.isSessionReused() ? undefined : socket.getPeerX509Certificate()
	if (leaf === undefined || socket.getProtocol() !== 'TLSv1.3') return refuse(mismatchError(who, pins, undefined))
	const digest = sha256(leaf.raw)
	const fingerprint = digest.toString('hex')
	let pin: Pin | undefined
	for (const candidate of pins) {
		const wanted = Buffer.from(candidate.fingerprint, 'hex')
		if (wanted.length === digest.length && timingSafeEqual(wanted, digest)) pin = candidate
	}
	if (fingerprint === own.fingerprint) return refuse(selfError(who, fingerprint))
	if (pin === undefined) return refuse(mismatchError(who, pins, fingerprint))
	const expired = expiryError('peer', pin, nowMs)
	return expired === undefined ? {ok: true, fingerprint, subject: showSubject(leaf.subject)} : refuse(expired)
}

function mismatchError(who: string, pins: readonly Pin[], found: string | undefined): FileSyncError {
	const expected =
		pins.length === 0
			? 'none is pinned'
			: `expected ${pins.map((pin) => showFingerprint(pin.fingerprint)).join(' or ')}`
	const shown =
		found === undefined ? 'showed no certificate' : `showed another certificate: found ${showFingerprint(found)}`
	return new FileSyncError('PEER_MISMATCH', `${who} ${shown}, ${expected}`, [
		'compare with `filesync certs show` on the other device',
		'if its certificate was renewed, copy the new .cert file here (certs.peer_cert)',
		'if not, another machine answers at that address: do not continue',
	])
}

const selfError = (who: string, fingerprint: string): FileSyncError =>
	new FileSyncError(
		'SELF_CONNECTION',
		`${who} has the same certificate as this device (${showFingerprint(fingerprint)})`,
		[
			'check that peer.host and peer.port name the other device and not this one',
			'each device needs its own certificate, made on it: see `filesync certs show` on both',
		],
	)
