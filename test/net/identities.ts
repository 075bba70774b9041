// Certificates for the net tests: any validity, any signer, with the signer's key usable as a CA as openssl's default is.
import {createHash, webcrypto, X509Certificate} from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type {Identity, Pin} from '../../src/lib/net/index.js'

export const dayMs = 86_400_000

export interface TestIdentity extends Identity {
	readonly pin: Pin
	readonly keys: webcrypto.CryptoKeyPair
}

interface Wish {
	readonly notBeforeMs?: number
	readonly notAfterMs?: number
	/** Whose key signs; itself by default. */
	readonly signer?: TestIdentity
	readonly rsa?: boolean
}

const ec = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'}
const rsa2048 = {
	name: 'RSASSA-PKCS1-v1_5',
	hash: 'SHA-256',
	modulusLength: 2048,
	publicExponent: new Uint8Array([1, 0, 1]),
}

export async function makeIdentity(name: string, wish: Wish = {}): Promise<TestIdentity> {
	const keys =
		wish.rsa === true
			? await webcrypto.subtle.generateKey(rsa2048, true, ['sign', 'verify'])
			: await webcrypto.subtle.generateKey(ec, true, ['sign', 'verify'])
	const certificate = await x509.X509CertificateGenerator.create(
		{
			subject: `CN=${name}`,
			issuer: wish.signer === undefined ? `CN=${name}` : new X509Certificate(wish.signer.certPem).subject,
			notBefore: new Date(wish.notBeforeMs ?? Date.now() - dayMs),
			notAfter: new Date(wish.notAfterMs ?? Date.now() + 30 * dayMs),
			signingAlgorithm: wish.rsa === true ? rsa2048 : ec,
			publicKey: keys.publicKey,
			signingKey: wish.signer?.keys.privateKey ?? keys.privateKey,
			extensions: [new x509.BasicConstraintsExtension(wish.signer === undefined, undefined, true)],
		},
		webcrypto,
	)
	const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
	const certPem = certificate.toString('pem')
	return {
		certPem,
		keyPem: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
		keys,
		pin: pinOf(certPem),
	}
}

export function pinOf(certPem: string): Pin {
	const leaf = new X509Certificate(certPem)
	const fingerprint = createHash('sha256').update(leaf.raw).digest('hex')
	return {
		fingerprint,
		certPem,
		subject: leaf.subject,
		notBeforeMs: Date.parse(leaf.validFrom),
		notAfterMs: Date.parse(leaf.validTo),
	}
}

export const colons = (hex: string): string => hex.toUpperCase().match(/../g)?.join(':') ?? ''
