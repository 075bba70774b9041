// What `certs show` answers: both sides' certificates, and what is wrong with the peer's when it cannot be loaded.
// A peer's certificate that is not there yet must not hide the own fingerprint: that is when it is needed.
import {FileSyncError, type Warning} from '../errors/index.js'
import {expiryOf, expiryWarnings} from './expiry.js'
import {assertNotOwn, type CertPaths, type Identity, loadIdentity, loadPins, type Pin} from './identity.js'
import type {Certificate} from './pem.js'

export interface Shown {
	readonly file: string
	readonly fingerprint: string
	readonly subject: string
	readonly not_before: string
	readonly not_after: string
	readonly days_left: number
	readonly state: 'valid' | 'soon' | 'expired' | 'not-yet'
}

export interface CertReport {
	readonly own: Shown
	readonly peers: readonly Shown[]
	/** Why no peer can be accepted. */
	readonly fault: FileSyncError | undefined
	readonly warnings: readonly Warning[]
}

function shownOf(cert: Certificate, nowMs: number): Shown {
	const {state, daysLeft} = expiryOf(cert, nowMs)
	return {
		file: cert.file,
		fingerprint: cert.fingerprint,
		subject: cert.subject,
		not_before: cert.notBefore.toISOString(),
		not_after: cert.notAfter.toISOString(),
		days_left: daysLeft,
		state,
	}
}

/** `pins` are shown beside a `fault`, too: that they are the own ones can then be seen. */
function pinsOrFault(own: Identity, file: string): {pins: Pin[]; fault: FileSyncError | undefined} {
	let pins: Pin[] = []
	try {
		pins = loadPins(file)
		assertNotOwn(own, pins, file)
		return {pins, fault: undefined}
	} catch (error) {
		if (error instanceof FileSyncError) return {pins, fault: error}
		throw error
	}
}

/** Loads the certificates that the config names. Throws what `loadIdentity` throws. */
export function reportCertificates({certs}: {readonly certs: CertPaths}, nowMs: number): CertReport {
	const own: Identity = loadIdentity({certs})
	const {pins, fault} = pinsOrFault(own, certs.peerCert)
	const dates = expiryWarnings(own, pins, nowMs)
	return {
		own: shownOf(own, nowMs),
		peers: pins.map((pin) => shownOf(pin, nowMs)),
		fault,
		warnings: [...own.warnings, ...dates],
	}
}
