// Reads PEM files of certificates and keys; its errors say what is wrong with them. Never decides whom to trust.
import {createHash, createPrivateKey, type KeyObject, X509Certificate} from 'node:crypto'
import {closeSync, existsSync, fstatSync, openSync, readSync} from 'node:fs'
import {dirname} from 'node:path'
import {accessAdvice} from '../disk/access.js'
import {errnoOf, FileSyncError} from '../errors/index.js'
import {commandText, shellWord} from '../errors/shell.js'
import {adviceOf, describeFailure, isPassing} from '../errors/system.js'
import {makePairCommand, type PairPaths, pairAdvice} from './advice.js'

/** The content of a certificate, as far as FileSync needs it. Texts are raw: escape them before printing. */
export interface Certificate {
	readonly file: string
	/** This one certificate, as PEM. */
	readonly certPem: string
	/** SHA-256 of the DER bytes as openssl prints it: upper-case hex with colons. To show. */
	readonly fingerprint: string
	/** The same 32 bytes, to compare in constant time. */
	readonly digest: Buffer
	/** In one line: `CN=laptop, O=home`. */
	readonly subject: string
	/** The common name, or the whole subject if there is none. */
	readonly commonName: string
	readonly notBefore: Date
	readonly notAfter: Date
}

/** What the file is, as messages call it. */
export type Role = 'certificate' | 'private key' | "peer's certificate"

/** Largest file that is read, in bytes; chains and keys are much smaller. */
const largestPemBytes = 1024 * 1024

/** SHA-256 of raw (DER) certificate bytes, as pins compare it. */
export const digestOf = (der: Uint8Array): Buffer => createHash('sha256').update(der).digest()

/** A digest as openssl prints a fingerprint. */
export const fingerprintOf = (digest: Uint8Array): string =>
	Buffer.from(digest)
		.toString('hex')
		.toUpperCase()
		.replace(/(..)(?!$)/g, '$1:')

/** Advice for a file of this role. `own`: this device's pair in the config; undefined: the file is the peer's. */
const adviceFor = (role: Role, file: string, own: PairPaths | undefined): string[] =>
	role === "peer's certificate" || own === undefined
		? [
				`copy the other device's certificate (never its key) to ${file}, or set certs.peer_cert to where it is`,
				'on the other device, filesync certs show names its certificate',
			]
		: [makePairCommand(own), 'or set certs.cert and certs.key to where they are']

function unreadable(role: Role, file: string, own: PairPaths | undefined, error: unknown): FileSyncError {
	const code = errnoOf(error)
	if (code === 'ENOENT' || code === 'ENOTDIR') {
		const folder = dirname(file)
		const what = existsSync(folder) ? 'does not exist' : `does not exist, nor does its folder ${folder}`
		return new FileSyncError('CERT_MISSING', `${role} ${file} ${what}`, adviceFor(role, file, own), {cause: error})
	}
	if (code === 'EACCES' || code === 'EPERM')
		return new FileSyncError('CERT_UNREADABLE', `${role} ${file} may not be read by this user`, accessAdvice(file), {
			cause: error,
		})
	if (code === 'EISDIR')
		return new FileSyncError(
			'CERT_INVALID',
			`${role} ${file} is a folder; a PEM file is wanted`,
			['set its key in the config to a file', `ls -l ${shellWord(file)}`],
			{cause: error},
		)
	const kind = isPassing(code) ? 'DISK_FAILED' : 'CERT_UNREADABLE'
	return new FileSyncError(
		kind,
		describeFailure(`${role} ${file} cannot be read`, error),
		adviceOf(code, [`ls -l ${shellWord(file)}`]),
		{
			cause: error,
		},
	)
}

/** The bytes of a PEM file and its permission bits. */
export function readPem(role: Role, file: string, own?: PairPaths): {readonly text: string; readonly mode: number} {
	try {
		const fd = openSync(file, 'r')
		try {
			const {mode} = fstatSync(fd)
			const bytes = Buffer.allocUnsafe(largestPemBytes)
			let held = 0
			for (let count = -1; count !== 0 && held < bytes.length; held += count)
				count = readSync(fd, bytes, held, bytes.length - held, null)
			if (held === largestPemBytes)
				throw new FileSyncError(
					'CERT_INVALID',
					`${role} ${file} is larger than ${largestPemBytes} bytes; a PEM file is wanted`,
					adviceFor(role, file, own),
				)
			const isDer = bytes[0] === 0x30 && held > 1
			// latin1 keeps every byte. PEM is ASCII; text around it does not matter.
			const text = bytes.toString('latin1', 0, held)
			if (isDer && !text.includes('-----BEGIN'))
				throw new FileSyncError('CERT_INVALID', `${role} ${file} is DER (binary); PEM (text) is wanted`, [
					commandText([
						'openssl',
						role === 'private key' ? 'pkey' : 'x509',
						'-inform',
						'der',
						'-in',
						file,
						'-out',
						`${file}.pem`,
					]),
					`then set its key in the config to ${file}.pem`,
				])
			return {text, mode: mode & 0o777}
		} finally {
			closeSync(fd)
		}
	} catch (error) {
		throw error instanceof FileSyncError ? error : unreadable(role, file, own, error)
	}
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g
const anyBlock = /-----BEGIN ([A-Z0-9 ]+)-----/

/** The certificates of a PEM text in order, at least one. */
export function parseCertificates(
	role: Role,
	file: string,
	text: string,
	own?: PairPaths,
): [X509Certificate, ...X509Certificate[]] {
	const blocks = text.match(certificateBlock) ?? []
	const [first, ...others] = blocks.map((block, i) => {
		try {
			return new X509Certificate(block)
		} catch (error) {
			const which = blocks.length > 1 ? `certificate ${i + 1} of ${blocks.length} in ` : ''
			throw new FileSyncError(
				'CERT_INVALID',
				`${which}${role} ${file} is damaged: it does not decode as X.509`,
				adviceFor(role, file, own),
				{
					cause: error,
				},
			)
		}
	})
	if (first !== undefined) return [first, ...others]
	const held = anyBlock.exec(text)?.[1]
	const what = text.trim() === '' ? 'is empty' : held === undefined ? 'is not PEM' : `holds a ${held.toLowerCase()}`
	throw new FileSyncError(
		'CERT_INVALID',
		`${role} ${file} ${what}; a PEM certificate ("BEGIN CERTIFICATE") is wanted`,
		[
			...(held?.endsWith('PRIVATE KEY') ? ['are the paths of certificate and key swapped in the config?'] : []),
			...adviceFor(role, file, own),
		],
	)
}

export function describe(file: string, cert: X509Certificate): Certificate {
	const digest = digestOf(cert.raw)
	const lines = cert.subject?.split('\n') ?? []
	const subject = lines.join(', ')
	return {
		file,
		certPem: cert.toString(),
		fingerprint: fingerprintOf(digest),
		digest,
		subject,
		commonName: lines.find((line) => line.startsWith('CN='))?.slice(3) ?? subject,
		notBefore: new Date(cert.validFrom),
		notAfter: new Date(cert.validTo),
	}
}

/** Smallest RSA key that OpenSSL accepts at its default security level, in bits. */
const smallestRsaBits = 2048

/** A private key without passphrase that TLS can use. */
export function parsePrivateKey(file: string, text: string, own: PairPaths): KeyObject {
	const label = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----/.exec(text)?.[1]
	if (label === undefined) {
		const held = anyBlock.exec(text)?.[1]
		const what = text.trim() === '' ? 'is empty' : held === undefined ? 'is not PEM' : `holds a ${held.toLowerCase()}`
		throw new FileSyncError(
			'CERT_INVALID',
			`private key ${file} ${what}; a PEM private key ("BEGIN PRIVATE KEY") is wanted`,
			[
				...(held === 'CERTIFICATE' ? ['are the paths of certificate and key swapped in the config?'] : []),
				...adviceFor('private key', file, own),
			],
		)
	}
	if (label.startsWith('ENCRYPTED') || /^Proc-Type: *4, *ENCRYPTED/m.test(text))
		throw new FileSyncError('CERT_INVALID', `private key ${file} is encrypted; a key without passphrase is wanted`, [
			`${commandText(['openssl', 'pkey', '-in', file, '-out', `${file}.plain`])} && ${commandText(['chmod', '600', `${file}.plain`])}`,
			`then set certs.key to ${file}.plain`,
		])
	let key: KeyObject
	try {
		key = createPrivateKey(text)
	} catch (error) {
		throw new FileSyncError(
			'CERT_INVALID',
			`private key ${file} is damaged: it does not decode`,
			adviceFor('private key', file, own),
			{
				cause: error,
			},
		)
	}
	const bits = key.asymmetricKeyDetails?.modulusLength
	if (bits !== undefined && bits < smallestRsaBits)
		throw new FileSyncError(
			'CERT_INVALID',
			`private key ${file} is RSA of ${bits} bits; at least ${smallestRsaBits} are wanted`,
			pairAdvice(own),
		)
	return key
}
