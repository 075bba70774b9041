// Certificates that are loaded: made by openssl, peer's, and broken in every way that has a message of its own.
import assert from 'node:assert/strict'
import {execFileSync, spawnSync} from 'node:child_process'
import {X509Certificate} from 'node:crypto'
import {chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {dirname} from 'node:path'
import {type Generated, loadIdentity, loadPins, reportCertificates} from '../../src/lib/certs/index.js'
import type {FileSyncError} from '../../src/lib/errors/index.js'
import type {Folder} from '../config/folder.js'
import {Certificates, pair} from './support.js'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const isRoot = process.getuid?.() === 0
describe('certs', () => {
	let folder: Folder
	let made: Generated
	let rsa: Generated
	before(async () => {
		const certificates = await Certificates.make()
		folder = certificates.folder
		made = certificates.made
		rsa = certificates.rsa
	})
	after(() => folder.remove())

	describe('faults', () => {
		const text = (file: string) => readFileSync(file, 'utf8')
		const rows: [string, (identity: {cert: string; key: string}) => void, string, RegExp][] = [
			['no certificate', ({cert}) => rmSync(cert), 'CERT_MISSING', /^certificate .*c\.cert does not exist$/],
			['no key', ({key}) => rmSync(key), 'CERT_MISSING', /^private key .*c\.key does not exist$/],
			[
				'no folder',
				({cert}) => rmSync(dirname(cert), {recursive: true}),
				'CERT_MISSING',
				/nor does its folder .*fault/,
			],
			['an empty certificate', ({cert}) => writeFileSync(cert, ''), 'CERT_INVALID', /c\.cert is empty/],
			['no PEM', ({cert}) => writeFileSync(cert, 'hello'), 'CERT_INVALID', /c\.cert is not PEM/],
			[
				'DER',
				({cert}) => writeFileSync(cert, new X509Certificate(text(cert)).raw),
				'CERT_INVALID',
				/is DER \(binary\)/,
			],
			[
				'a damaged certificate',
				({cert}) => writeFileSync(cert, text(cert).replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA')),
				'CERT_INVALID',
				/is damaged/,
			],
			[
				'a key as certificate',
				({cert, key}) => writeFileSync(cert, text(key)),
				'CERT_INVALID',
				/c\.cert holds a private key/,
			],
			[
				'a certificate as key',
				({cert, key}) => writeFileSync(key, text(cert)),
				'CERT_INVALID',
				/c\.key holds a certificate/,
			],
			[
				'another key',
				({key}) => writeFileSync(key, text(rsa.keyFile)),
				'CERT_INVALID',
				/does not belong to certificate/,
			],
			[
				'a damaged key',
				({key}) => writeFileSync(key, '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'),
				'CERT_INVALID',
				/c\.key is damaged/,
			],
			[
				'an encrypted key',
				({key}) =>
					writeFileSync(key, '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n'),
				'CERT_INVALID',
				/is encrypted/,
			],
			[
				'an encrypted old-style key',
				({key}) =>
					writeFileSync(
						key,
						'-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n',
					),
				'CERT_INVALID',
				/is encrypted/,
			],
			[
				'a folder',
				({key}) => {
					rmSync(key)
					mkdirSync(key)
				},
				'CERT_INVALID',
				/c\.key is a folder/,
			],
			['too large', ({cert}) => writeFileSync(cert, 'x'.repeat(2 ** 20)), 'CERT_INVALID', /is larger than/],
		]
		for (const [name, breakIt, code, message] of rows)
			it(name, () => {
				const identity = {cert: folder.write('fault/c.cert', text(made.certFile)), key: folder.at('fault', 'c.key')}
				rmSync(identity.key, {recursive: true, force: true})
				writeFileSync(identity.key, text(made.keyFile), {mode: 0o600})
				breakIt(identity)
				assert.throws(
					() => loadIdentity({certs: identity}),
					(error: FileSyncError) =>
						error.code === code && error.exit === 2 && message.test(error.message) && error.advice.length > 0,
				)
			})

		it('no permission', function () {
			if (process.platform === 'win32' || isRoot) this.skip()
			const key = folder.write('secret.key', text(made.keyFile))
			chmodSync(key, 0)
			assert.throws(() => loadIdentity({certs: {cert: made.certFile, key}}), {code: 'CERT_UNREADABLE', exit: 2})
		})

		it('a key that others can read is a warning', function () {
			if (process.platform === 'win32') this.skip()
			const key = folder.write('open.key', text(made.keyFile))
			chmodSync(key, 0o644)
			const {warnings} = loadIdentity({certs: {cert: made.certFile, key}})
			assert.equal(warnings.length, 1)
			assert.match(warnings[0]?.message ?? '', /open\.key is open to other users \(mode 644\)$/)
			assert.deepEqual(warnings[0]?.advice, [`chmod 600 ${key}`])
		})
	})

	describe('pins', () => {
		it('are all certificates of the file, each once', () => {
			const [a, b] = [made, rsa].map(({certFile}) => readFileSync(certFile, 'utf8'))
			const pins = loadPins(folder.write('pins.pem', `# laptop\r\n${a}\n# other\n${b}${a}`))
			assert.deepEqual(
				pins.map((pin) => pin.fingerprint),
				[made.fingerprint, rsa.fingerprint],
			)
		})

		it('one bad certificate among good ones refuses the file', () => {
			const good = readFileSync(made.certFile, 'utf8')
			const file = folder.write('bad.pem', `${good}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`)
			assert.throws(() => loadPins(file), {code: 'CERT_INVALID', message: /^certificate 2 of 2 in peer's certificate/})
		})

		it('a missing one says what to copy', () => {
			assert.throws(
				() => loadPins(folder.at('none.cert')),
				(error: FileSyncError) =>
					error.code === 'CERT_MISSING' && /copy the other device's certificate/.test(error.advice.join()),
			)
		})

		it('a missing one does not hide the own fingerprint', () => {
			const report = reportCertificates({certs: {...pair(made).certs, peerCert: folder.at('none.cert')}}, Date.now())
			assert.equal(report.own.fingerprint, made.fingerprint)
			assert.equal(report.fault?.code, 'CERT_MISSING')
			const same = reportCertificates({certs: {...pair(made).certs, peerCert: made.certFile}}, Date.now())
			assert.equal(same.fault?.code, 'CERT_INVALID')
			assert.match(same.fault?.message ?? '', /is this device's own certificate \(CN=laptop\)/)
			assert.equal(same.peers[0]?.fingerprint, made.fingerprint, 'it is shown, to be compared')
		})
	})

	describe('openssl', () => {
		const openssl = (...args: string[]) =>
			execFileSync('openssl', args, {stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8'})

		it('pairs made as the original README did load unchanged', function () {
			if (!hasOpenssl) this.skip()
			const [key, cert] = [folder.at('o.key'), folder.at('o.cert')]
			openssl('genrsa', '-out', key, '2048')
			openssl('req', '-new', '-x509', '-key', key, '-out', cert, '-days', '365', '-subj', '/O=home/CN=desk')
			const identity = loadIdentity({certs: {cert, key}})
			assert.equal(identity.subject, 'O=home, CN=desk')
			assert.equal(identity.commonName, 'desk')
			assert.equal(new X509Certificate(identity.certPem).ca, true)
			assert.equal(loadPins(cert)[0]?.fingerprint, identity.fingerprint)
		})

		it('prints the same fingerprint and verifies what is made here', function () {
			if (!hasOpenssl) this.skip()
			for (const {certFile, fingerprint} of [made, rsa]) {
				assert.ok(
					openssl('x509', '-in', certFile, '-noout', '-fingerprint', '-sha256').trim().endsWith(`=${fingerprint}`),
				)
				assert.match(openssl('verify', '-CAfile', certFile, certFile), /OK/)
			}
		})

		it('weak keys are refused with their size', function () {
			if (!hasOpenssl) this.skip()
			const [key, cert] = [folder.at('w.key'), folder.at('w.cert')]
			openssl('genrsa', '-out', key, '1024')
			openssl('req', '-new', '-x509', '-key', key, '-out', cert, '-days', '365', '-subj', '/CN=weak')
			assert.ok(existsSync(cert))
			assert.throws(() => loadIdentity({certs: {cert, key}}), {code: 'CERT_INVALID', message: /RSA of 1024 bits/})
		})
	})
})
