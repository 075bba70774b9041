// The certificate room: load and make certificates, judge their expiry. Who is let in is decided in the net room.
export {assertNotExpired, type Expiry, expiryOf, expiryWarnings, type Owner, soonDays} from './expiry.js'
export {
	defaultCertDir,
	defaultCertName,
	type Generated,
	type GenerateOptions,
	generateCertificate,
	isCertName,
	longestDays,
	pairPaths,
} from './generate.js'
export {type CertPaths, type Identity, loadIdentity, loadPins, type Pin} from './identity.js'
export type {KeyType} from './make.js'
export {type Certificate, digestOf, fingerprintOf} from './pem.js'
export {type CertReport, reportCertificates, type Shown} from './show.js'
