// Validity of certificates in time. The clock comes in as an argument.
import {FileSyncError, type Warning} from '../errors/index.js'
import {type PairPaths, pairAdvice} from './advice.js'
import type {Identity} from './identity.js'
import type {Certificate} from './pem.js'

/** Whose certificate it is. This device's own one comes with the paths of its pair, for the command that renews it. */
type Owner = {readonly kind: 'own'; readonly pair: PairPaths} | {readonly kind: 'peer'}

/** `daysLeft`: whole days until `notAfter`, rounded down, negative once expired. */
export interface Expiry {
	readonly state: 'valid' | 'soon' | 'expired' | 'not-yet'
	readonly daysLeft: number
}

const dayMs = 86_400_000

/** Days before its end from which on a certificate counts as expiring soon. */
export const soonDays = 30

/** The state of a certificate at `nowMs` (milliseconds since 1970). */
export function expiryOf(cert: Pick<Certificate, 'notBefore' | 'notAfter'>, nowMs: number): Expiry {
	const leftMs = cert.notAfter.getTime() - nowMs
	const daysLeft = Math.floor(leftMs / dayMs)
	if (leftMs < 0) return {state: 'expired', daysLeft}
	if (cert.notBefore.getTime() > nowMs) return {state: 'not-yet', daysLeft}
	return {state: daysLeft < soonDays ? 'soon' : 'valid', daysLeft}
}

const nameOf = (owner: Owner, cert: Certificate): string =>
	owner.kind === 'own' ? `own certificate ${cert.file}` : `peer's certificate ${cert.file}`

const renewal = (owner: Owner, cert: Certificate): string[] =>
	owner.kind === 'own'
		? pairAdvice(owner.pair)
		: [
				'on the other device, filesync certs show prints the command that renews it',
				`then copy its new certificate here, to ${cert.file}`,
			]

/** The day of a date, as ISO 8601. */
const day = (date: Date): string => date.toISOString().slice(0, 10)

function expiryWarning(owner: Owner, cert: Certificate, nowMs: number): Warning | undefined {
	const {state, daysLeft} = expiryOf(cert, nowMs)
	const name = nameOf(owner, cert)
	const advice = renewal(owner, cert)
	switch (state) {
		case 'valid':
			return undefined
		case 'soon':
			return {
				message: `${name} expires on ${day(cert.notAfter)}, in ${daysLeft === 1 ? '1 day' : `${daysLeft} days`}`,
				advice,
			}
		case 'expired':
			return {message: `${name} expired on ${day(cert.notAfter)}`, advice}
		case 'not-yet':
			return {
				message: `${name} is not valid before ${cert.notBefore.toISOString()}: is the clock of this device right?`,
				advice: [],
			}
	}
}

const ownerOf = ({certFile, keyFile}: Identity): Owner => ({kind: 'own', pair: {cert: certFile, key: keyFile}})

/** A warning for each certificate that has expired, expires within 30 days, or is not valid yet. */
export function expiryWarnings(own: Identity, peers: readonly Certificate[], nowMs: number): Warning[] {
	const warnings = [
		expiryWarning(ownerOf(own), own, nowMs),
		...peers.map((peer) => expiryWarning({kind: 'peer'}, peer, nowMs)),
	]
	return warnings.filter((warning) => warning !== undefined)
}

/** Throws CERT_EXPIRED, with the command that renews it, if this device's certificate has expired at `nowMs`. */
export function assertNotExpired(own: Identity, nowMs: number): void {
	if (expiryOf(own, nowMs).state !== 'expired') return
	const owner = ownerOf(own)
	throw new FileSyncError('CERT_EXPIRED', `${nameOf(owner, own)} expired on ${day(own.notAfter)}`, renewal(owner, own))
}
