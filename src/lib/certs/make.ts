// Makes a key pair and a self-signed certificate in memory. The only file that loads @peculiar/x509, and only when called
// (it takes 100 to 200 ms to load). Never touches the disk.
import {randomBytes, webcrypto} from 'node:crypto'
import {isIP} from 'node:net'

export type KeyType = 'ec' | 'rsa'

export interface CertificateOrder {
	/** Common name and subject alternative name; an IP address becomes a SAN of type IP. */
	readonly name: string
	readonly type: KeyType
	readonly days: number
}

/** Certificates begin earlier by this (ms), so that they are valid on a device whose clock is behind. */
const backdateMs = 86_400_000

const algorithms = {
	ec: {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'},
	rsa: {
		name: 'RSASSA-PKCS1-v1_5',
		hash: 'SHA-256',
		publicExponent: new Uint8Array([1, 0, 1]),
		modulusLength: 2048,
	},
} as const

/** 128 random bits as hex, positive and not zero in ASN.1 (top bit clear, next one set). */
function randomSerial(): string {
	const bytes = randomBytes(16)
	bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
	return bytes.toString('hex')
}

function toPem(label: string, der: ArrayBuffer): string {
	const lines = Buffer.from(der)
		.toString('base64')
		.replace(/(.{64})(?!$)/g, '$1\n')
	return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}

/** A certificate for both ends of a TLS connection (CA:FALSE) and its private key (PKCS #8), as PEM. */
export async function makeCertificate(
	order: CertificateOrder,
	nowMs: number,
): Promise<{certPem: string; keyPem: string}> {
	const x509 = await import('@peculiar/x509')
	const algorithm = algorithms[order.type]
	const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
	const usage =
		order.type === 'rsa'
			? x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment
			: x509.KeyUsageFlags.digitalSignature
	const cert = await x509.X509CertificateGenerator.createSelfSigned(
		{
			serialNumber: randomSerial(),
			name: [{CN: [order.name]}],
			notBefore: new Date(nowMs - backdateMs),
			notAfter: new Date(nowMs + order.days * 86_400_000),
			signingAlgorithm: algorithm,
			keys,
			extensions: [
				new x509.BasicConstraintsExtension(false, undefined, true),
				new x509.KeyUsagesExtension(usage, true),
				new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
				new x509.SubjectAlternativeNameExtension([{type: isIP(order.name) === 0 ? 'dns' : 'ip', value: order.name}]),
				await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
			],
		},
		webcrypto,
	)
	const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
	return {certPem: toPem('CERTIFICATE', cert.rawData), keyPem: toPem('PRIVATE KEY', key)}
}
