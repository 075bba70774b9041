// Loads this device's certificate and its pins, as the config names them. Loads no folder and no index, so a dial can start early.
import {
	assertNotOwn,
	expiryWarnings,
	type Identity,
	loadIdentity,
	loadPins,
	type Pin as PinnedCertificate,
} from '../certs/index.js'
import type {Config} from '../config/index.js'
import type {Warning} from '../errors/index.js'
import type {Pin} from '../net/index.js'

export interface Credentials {
	readonly identity: Identity
	readonly pins: readonly Pin[]
	readonly peers: readonly PinnedCertificate[]
	/** About these files: open to others, or soon expired. */
	readonly warnings: readonly Warning[]
}

/** Loads the certificates that the config names. Throws CERT_MISSING, CERT_UNREADABLE, CERT_INVALID. */
export function loadCredentials(config: Config): Credentials {
	const identity = loadIdentity(config)
	const peers = loadPins(config.certs.peerCert)
	assertNotOwn(identity, peers, config.certs.peerCert)
	const pins = peers.map(({certPem, digest, subject, notBefore, notAfter}) => ({
		certPem,
		subject,
		fingerprint: digest.toString('hex'),
		notBeforeMs: notBefore.getTime(),
		notAfterMs: notAfter.getTime(),
	}))
	return {identity, pins, peers, warnings: [...identity.warnings, ...expiryWarnings(identity, peers, Date.now())]}
}
