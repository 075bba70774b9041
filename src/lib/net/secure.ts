// The one set of TLS options for both ends. Everything that an environment variable or a default could change is said.
import {constants} from 'node:crypto'
import {createSecureContext, type SecureContext} from 'node:tls'
import {identityError} from './pinning.js'
import type {Identity} from './types.js'

/**
 * `rejectUnauthorized` false: Node's chain check accepts whatever a CA key signed and refuses by its own clock, so
 * the pin is compared after the handshake instead (pinning.ts), on both ends, always.
 */
export const judgedByUs = {requestCert: true, rejectUnauthorized: false} as const

/** AES-128-GCM first: the fastest where the CPU has AES, and as strong as the P-256 keys beside it. */
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

/** TCP keep-alive starts after this much silence; it finds dead peers for connections without heartbeats. */
export const keepAliveMs = 30_000
