// Is a certificate still good by the clock? The clock comes in as an argument.
import {FileSyncError} from '../errors/index.js'
import type {Certificate} from './pem.js'

export type Owner = 'own' | 'peer'

/** `daysLeft`: whole days until `notAfter`, rounded down, negative once expired. */
export interface Expiry {
	readonly state: 'valid' | 'soon' | 'expired' | 'not-yet'
	readonly daysLeft: number
}

const dayMs = 86_400_000

/** From here on a certificate is said to expire soon, in days. */
export const soonDays = 30

/** Where a certificate stands at `nowMs` (milliseconds since 1970). */
export function expiryOf(cert: Pick<Certificate, 'notBefore' | 'notAfter'>, nowMs: number): Expiry {
	const leftMs = cert.notAfter.getTime() - nowMs
	const daysLeft = Math.floor(leftMs / dayMs)
	if (leftMs < 0) return {state: 'expired', daysLeft}
	if (cert.notBefore.getTime() > nowMs) return {state: 'not-yet', daysLeft}
	return {state: daysLeft < soonDays ? 'soon' : 'valid', daysLeft}
}

const nameOf = (owner: Owner, cert: Certificate): string =>
	owner === 'own' ? `own certificate ${cert.file}` : `peer's certificate ${cert.file}`

const renewal = (owner: Owner): string[] =>
	owner === 'own'
		? ['filesync certs gen --force   (here), then copy the new certificate to the peer']
		: ['filesync certs gen --force   (on the peer), then copy its new certificate here']

/** The day of a date, as ISO 8601. */
const day = (date: Date): string => date.toISOString().slice(0, 10)

function expiryWarning(owner: Owner, cert: Certificate, nowMs: number): string | undefined {
	const {state, daysLeft} = expiryOf(cert, nowMs)
	const name = nameOf(owner, cert)
	const renew = renewal(owner).join(' ')
	switch (state) {
		case 'valid':
			return undefined
		case 'soon':
			return `${name} expires on ${day(cert.notAfter)}, in ${daysLeft === 1 ? '1 day' : `${daysLeft} days`}: ${renew}`
		case 'expired':
			return `${name} expired on ${day(cert.notAfter)}: ${renew}`
		case 'not-yet':
			return `${name} is not valid before ${cert.notBefore.toISOString()}: is the clock of this device right?`
	}
}

/** A line for each certificate that has expired, will within 30 days, or is not valid yet. */
export function expiryWarnings(certs: readonly (readonly [Owner, Certificate])[], nowMs: number): string[] {
	return certs.map(([owner, cert]) => expiryWarning(owner, cert, nowMs)).filter((warning) => warning !== undefined)
}

/** Throws CERT_EXPIRED, saying how to renew, when `cert` has expired at `nowMs`. */
export function assertNotExpired(owner: Owner, cert: Certificate, nowMs: number): void {
	if (expiryOf(cert, nowMs).state !== 'expired') return
	throw new FileSyncError('CERT_EXPIRED', `${nameOf(owner, cert)} expired on ${day(cert.notAfter)}`, renewal(owner))
}
