// The certificate module: load and make certificates, judge their expiry. Who is let in is decided in the net module.
export {copyAdvice, genCommand, makePairCommand, type PairPaths, peerCertName} from './advice.js'
export {choosePair} from './choice.js'
export {assertNotExpired, type Expiry, expiryOf, expiryWarnings, soonDays} from './expiry.js'
export {
	defaultDays,
	defaultType,
	type Generated,
	type GenerateOptions,
	generateCertificate,
	longestDays,
} from './generate.js'
export {assertNotOwn, type CertPaths, type Identity, loadIdentity, loadPins, type Pin} from './identity.js'
export type {KeyType} from './make.js'
export {defaultCertDir, defaultCertName, isCertName, pairPaths} from './names.js'
export {type Certificate, digestOf, fingerprintOf} from './pem.js'
export {type CertReport, reportCertificates, type Shown} from './show.js'
