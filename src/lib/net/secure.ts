// TLS options for both ends. Sets everything that an environment variable or a default could change.
import {constants} from 'node:crypto'
import {createSecureContext, type SecureContext} from 'node:tls'
import {identityError} from './pinning.js'
import type {Identity} from './types.js'

/**
 * `rejectUnauthorized` is false because Node's chain check would accept anything that a CA has signed. Both ends always compare the pin
 * after the handshake instead (pinning.ts).
 */
export const judgedByUs = {requestCert: true, rejectUnauthorized: false} as const

/** AES-128-GCM first: the fastest on CPUs with AES, and as strong as P-256 keys. */
const cipherSuites = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256'

/** TLS 1.3 only, own certificate, no tickets. @throws FileSyncError CERT_INVALID */
export function secureContextFor(identity: Identity): SecureContext {
	try {
		return createSecureContext({
			cert: identity.certPem,
			key: identity.keyPem,
			minVersion: 'TLSv1.3',
			maxVersion: 'TLSv1.3',
			ciphers: cipherSuites,
			secureOptions: constants.SSL_OP_NO_TICKET,
		})
	} catch (cause) {
		throw identityError(cause)
	}
}

/** Silence after which TCP keep-alive starts (ms). It finds dead peers of connections without heartbeats. */
export const keepAliveMs = 30_000
