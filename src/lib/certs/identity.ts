// Who this device is and whom it accepts: own certificate and key, and the pins. Never opens a socket.
import {FileSyncError, type Warning} from '../errors/index.js'
import {commandText} from '../errors/shell.js'
import {pairAdvice} from './advice.js'
import {type Certificate, describe, parseCertificates, parsePrivateKey, readPem} from './pem.js'

/** This device's certificate (the first of its file) and key, as TLS wants them. */
export interface Identity extends Certificate {
	readonly certFile: string
	readonly keyFile: string
	readonly keyPem: string
	/** A key that others can read. */
	readonly warnings: readonly Warning[]
}

/** One certificate that a peer may present. */
export type Pin = Certificate

/** The part of the config that names the certificates. */
export interface CertPaths {
	readonly cert: string
	readonly key: string
	readonly peerCert: string
}

/** Windows shows made-up permission bits. */
const hasModes = process.platform !== 'win32'

/**
 * Reads the own certificate and key and checks that they belong together. An expired certificate loads: see
 * `assertNotExpired`. Throws CERT_MISSING, CERT_UNREADABLE or CERT_INVALID, each naming the file.
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

/** Reads the accepted peer certificates: every certificate in `file`, each once. Same errors as `loadIdentity`. */
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
 * Throws CERT_INVALID when every accepted certificate is this device's own: no other device could ever be let in, and what
 * would be told of its certificate instead would mislead.
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
