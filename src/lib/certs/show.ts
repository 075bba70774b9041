// The result of `certs show`: the certificates of both sides, and why the peer's cannot be loaded.
// A missing peer certificate must not hide this device's fingerprint: users need it just then.
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

/** Shows `pins` besides a `fault`, too, so that users see if they are this device's own. */
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
