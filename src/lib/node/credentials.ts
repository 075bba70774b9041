// Who this device is and whom it accepts, from the config. All that a dial needs, so it loads no folder and no index.
import {expiryWarnings, type Identity, loadIdentity, loadPins, type Pin as PinnedCertificate} from '../certs/index.js'
import type {Config} from '../config/index.js'
import type {Pin} from '../net/index.js'

export interface Credentials {
	readonly identity: Identity
	readonly pins: readonly Pin[]
	readonly peers: readonly PinnedCertificate[]
	/** For a person: what is odd about these files. One line each. */
	readonly warnings: readonly string[]
}

/** Loads the certificates that the config names. Throws CERT_MISSING, CERT_UNREADABLE, CERT_INVALID. */
export function loadCredentials(config: Config): Credentials {
	const identity = loadIdentity(config)
	const peers = loadPins(config.certs.peerCert)
	const pins = peers.map(({certPem, digest, subject, notBefore, notAfter}) => ({
		certPem,
		subject,
		fingerprint: digest.toString('hex'),
		notBeforeMs: notBefore.getTime(),
		notAfterMs: notAfter.getTime(),
	}))
	const own = peers.every(({digest}) => digest.equals(identity.digest))
		? [
				`certs.peer_cert ${config.certs.peerCert} is this device's own certificate; it wants the one that was made on the peer`,
			]
		: []
	const owners = [['own', identity] as const, ...peers.map((pin) => ['peer', pin] as const)]
	return {identity, pins, peers, warnings: [...identity.warnings, ...own, ...expiryWarnings(owners, Date.now())]}
}
