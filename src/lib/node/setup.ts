// From the config to what a node works with: certificates, this side's own words, the folder and its index.
import {createHash, randomBytes} from 'node:crypto'
import {realpathSync} from 'node:fs'
import {hostname} from 'node:os'
import {join} from 'node:path'
import {expiryWarnings, type Identity, loadIdentity, loadPins, type Pin as PinnedCertificate} from '../certs/index.js'
import type {Config} from '../config/index.js'
import type {Pin} from '../net/index.js'
import {Replica} from '../replica/replica.js'
import type {Self} from '../session/greeting.js'
import {software} from './software.js'

export const random = (bytes: number): Uint8Array => randomBytes(bytes)
export const nowMs = (): number => Date.now()

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
	return {identity, pins, peers, warnings: [...identity.warnings, ...own, ...expiryWarnings(owners, nowMs())]}
}

/** This device's name as others see it: the host's, without a domain. */
export function deviceName(): string {
	return (process.env['FILESYNC_NAME'] ?? hostname()).split('.')[0] || 'device'
}

export const selfOf = (config: Config): Self => ({
	software,
	name: deviceName(),
	maxDeletePercent: config.maxDeletePercent,
	maxConcurrency: config.maxConcurrency,
	nowMs,
	random,
})

/** The folder's own place in the state folder: one database per real path, whatever configs name it. */
export function indexDirOf(config: Config): string {
	let real = config.localDir
	try {
		real = realpathSync(config.localDir)
	} catch {
		// A missing folder is told by Replica.open, which knows what to advise.
	}
	return join(config.stateDir, createHash('sha256').update(real).digest('hex').slice(0, 16))
}

/** Opens folder and index. Throws what Replica.open throws. */
export const openReplica = (config: Config, firstSync = false): Promise<Replica> =>
	Replica.open({
		root: config.localDir,
		indexDir: indexDirOf(config),
		ignore: config.ignore,
		trashDays: config.trashDays,
		nowMs,
		random,
		firstSync,
	})
