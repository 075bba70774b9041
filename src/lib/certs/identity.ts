// Loads this device's certificate and key, and the peer certificates that it accepts. Never opens a socket.
import {FileSyncError, type Warning} from '../errors/index.js'
import {commandText} from '../errors/shell.js'
import {pairAdvice} from './advice.js'
import {type Certificate, describe, parseCertificates, parsePrivateKey, readPem} from './pem.js'

/** This device's certificate (the first in its file) and key, for TLS. */
export interface Identity extends Certificate {
	readonly certFile: string
	readonly keyFile: string
	readonly keyPem: string
	/** About a key that other users can read. */
	readonly warnings: readonly Warning[]
}

/** A certificate that a peer may present. */
export type Pin = Certificate

/** The part of the config that names the certificates. */
export interface CertPaths {
	readonly cert: string
	readonly key: string
	readonly peerCert: string
}

/** Node's permission bits mean nothing on Windows. */
const hasModes = process.platform !== 'win32'

/**
 * Reads this device's certificate and key and checks that they belong together. Loads an expired certificate, too: see
 * `assertNotExpired`. Throws CERT_MISSING, CERT_UNREADABLE or CERT_INVALID, which name the file.
 */
export function loadIdentity({certs}: {readonly certs: Pick<CertPaths, 'cert' | 'key'>}): Identity {
	const {text} = readPem('certificate', certs.cert, certs)
	const [leaf] = parseCertificates('certificate', certs.cert, text, certs)
	const {text: keyPem, mode} = readPem('private key', certs.key, certs)
	const key = parsePrivateKey(certs.key, keyPem, certs)
	if (!leaf.checkPrivateKey(key))
		throw new FileSyncError('CERT_INVALID', `private key ${certs.key} does not belong to certificate ${certs.cert}`, [
			'set certs.cert and certs.key to files that were made together, or make a new pair:',
			...pairAdvice(certs),
		])
	const open = hasModes && (mode & 0o077) !== 0
	const octal = mode.toString(8).padStart(3, '0')
	return {
		...describe(certs.cert, leaf),
		certFile: certs.cert,
		keyFile: certs.key,
		keyPem,
		warnings: open
			? [
					{
						message: `private key ${certs.key} is open to other users (mode ${octal})`,
						advice: [commandText(['chmod', '600', certs.key])],
					},
				]
			: [],
	}
}

/** Reads the accepted peer certificates: all in `file`, without duplicates. Throws like `loadIdentity`. */
export function loadPins(file: string): Pin[] {
	const {text} = readPem("peer's certificate", file)
	const pins = new Map<string, Pin>()
	for (const cert of parseCertificates("peer's certificate", file, text)) {
		const pin = describe(file, cert)
		pins.set(pin.fingerprint, pin)
	}
	return [...pins.values()]
}

/**
 * Throws CERT_INVALID if every accepted certificate is this device's own. Otherwise the peer would be refused with a misleading error
 * about its certificate.
 */
export function assertNotOwn(own: Identity, pins: readonly Pin[], peerCert: string): void {
	if (!pins.every(({digest}) => digest.equals(own.digest))) return
	throw new FileSyncError(
		'CERT_INVALID',
		`certs.peer_cert ${peerCert} is this device's own certificate (${own.subject}); it wants the one that was made on the other device`,
		[
			`copy the other device's certificate to ${peerCert}, or set certs.peer_cert to where it is`,
			'filesync certs show',
		],
	)
}
