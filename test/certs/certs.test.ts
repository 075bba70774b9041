// Certificates as users have them: made here, made by openssl, and broken in every way that has a message of its own.
import assert from 'node:assert/strict'
import {execFileSync, spawnSync} from 'node:child_process'
import {createHash, X509Certificate} from 'node:crypto'
import {chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {connect, createServer, type TLSSocket} from 'node:tls'
import {
	assertNotExpired,
	expiryOf,
	expiryWarnings,
	type Generated,
	type GenerateOptions,
	generateCertificate,
	isCertName,
	loadIdentity,
	loadPins,
	reportCertificates,
} from '../../src/lib/certs/index.js'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {Folder} from '../config/folder.js'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const isRoot = process.getuid?.() === 0
const dayMs = 86_400_000

describe('certs', () => {
	let folder: Folder
	let made: Generated
	let rsa: Generated
	before(async () => {
		folder = new Folder()
		made = await generate({name: 'laptop'})
		rsa = await generate({name: '10.0.0.2', type: 'rsa'})
	})
	after(() => folder.remove())

	const generate = (more: Partial<GenerateOptions> = {}) =>
		generateCertificate({name: 'n', type: 'ec', days: 365, outDir: folder.at('certs'), force: false, ...more})
	const pair = ({certFile, keyFile}: Generated) => ({certs: {cert: certFile, key: keyFile}})

	describe('generate', () => {
		it('makes a pair that loads, with the fingerprint of its DER', () => {
			const identity = loadIdentity(pair(made))
			const der = new X509Certificate(readFileSync(made.certFile)).raw
			assert.deepEqual(identity.digest, createHash('sha256').update(der).digest())
			assert.equal(identity.fingerprint, made.fingerprint)
			assert.match(made.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
			assert.equal(identity.subject, 'CN=laptop')
			assert.equal(identity.commonName, 'laptop')
			assert.deepEqual(identity.warnings, [])
		})

		it('makes what both ends of TLS may use, and no authority', () => {
			for (const [generated, san, kind] of [
				[made, 'DNS:laptop', 'ec'],
				[rsa, 'IP Address:10.0.0.2', 'rsa'],
			] as const) {
				const cert = new X509Certificate(readFileSync(generated.certFile))
				assert.equal(cert.ca, false)
				assert.equal(cert.subjectAltName, san)
				assert.deepEqual(cert.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
				assert.equal(cert.publicKey.asymmetricKeyType, kind)
				assert.ok(cert.verify(cert.publicKey))
				// 128 bits, the top one clear: 32 hex digits, the first from 4 to 7.
				assert.match(cert.serialNumber, /^[4-7][0-9A-F]{31}$/)
			}
		})

		it('is taken by TLS 1.3 on both ends', async () => {
			const options = (generated: Generated) => ({
				cert: readFileSync(generated.certFile),
				key: readFileSync(generated.keyFile),
				minVersion: 'TLSv1.3' as const,
				rejectUnauthorized: true,
			})
			const server = createServer({...options(rsa), requestCert: true, ca: readFileSync(made.certFile)})
			const seen = new Promise<TLSSocket>((resolve, reject) => {
				server.once('secureConnection', resolve)
				server.once('tlsClientError', reject)
			})
			await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
			const address = server.address()
			assert.ok(typeof address === 'object' && address !== null)
			const client = connect({
				...options(made),
				ca: readFileSync(rsa.certFile),
				port: address.port,
				host: '127.0.0.1',
				servername: '',
				checkServerIdentity: () => undefined,
			})
			try {
				const peer = await Promise.race([seen, new Promise<never>((_, reject) => client.once('error', reject))])
				assert.equal(peer.getPeerCertificate().fingerprint256, made.fingerprint)
				peer.destroy()
			} finally {
				client.destroy()
				server.close()
			}
		})

		it('keeps the key to its owner', function () {
			if (process.platform === 'win32') this.skip()
			assert.equal(statSync(made.keyFile).mode & 0o777, 0o600)
			assert.equal(statSync(dirname(made.keyFile)).mode & 0o777, 0o700)
		})

		it('is good on a device whose clock is behind by some hours, and for as long as was asked', async () => {
			const nowMs = Date.UTC(2040, 0, 2)
			const long = await generateCertificate(
				{name: 'long', type: 'ec', days: 36_500, outDir: folder.at('long'), force: false},
				nowMs,
			)
			assert.equal(long.notBefore.getTime(), nowMs - dayMs)
			assert.equal(long.notAfter.getTime(), nowMs + 36_500 * dayMs)
		})

		it('never overwrites, and leaves nothing behind', async () => {
			const before = readFileSync(made.keyFile)
			await assert.rejects(generate({name: 'laptop'}), {code: 'CERT_EXISTS', exit: 2})
			rmSync(folder.at('half'), {recursive: true, force: true})
			const orphan = folder.write('half/n.cert', 'old')
			await assert.rejects(generate({outDir: folder.at('half')}), {code: 'CERT_EXISTS'})
			assert.deepEqual(readFileSync(made.keyFile), before)
			assert.deepEqual(readdirSync(dirname(orphan)), ['n.cert'])
		})

		it('with force keeps the old pair', async () => {
			const outDir = folder.at('forced')
			const first = await generate({outDir})
			const second = await generate({outDir, force: true})
			assert.notEqual(second.fingerprint, first.fingerprint)
			assert.deepEqual(readdirSync(outDir).sort(), ['n.cert', 'n.cert.old', 'n.key', 'n.key.old'])
			assert.equal(loadIdentity(pair(second)).fingerprint, second.fingerprint)
			const old = {certs: {cert: `${first.certFile}.old`, key: `${first.keyFile}.old`}}
			assert.equal(loadIdentity(old).fingerprint, first.fingerprint)
		})

		it('puts the old pair back when the new one cannot be put in place', async () => {
			const outDir = folder.at('stuck')
			const first = await generate({outDir})
			// A folder in the way of the backup of the key: the rename fails after the certificate was moved aside.
			mkdirSync(join(outDir, 'n.key.old', 'x'), {recursive: true})
			await assert.rejects(generate({outDir, force: true}), FileSyncError)
			assert.equal(loadIdentity(pair(first)).fingerprint, first.fingerprint)
			assert.deepEqual(readdirSync(outDir).sort(), ['n.cert', 'n.key', 'n.key.old'])
		})

		for (const name of [
			'',
			'.',
			'..',
			'../x',
			'a/b',
			'a\\b',
			'a\nb',
			'.hidden',
			'ü',
			'a b',
			'a'.repeat(65),
			'-n',
			'a=b,CN=c',
		])
			it(`refuses the name ${JSON.stringify(name)}`, async () => {
				assert.equal(isCertName(name), false)
				await assert.rejects(generate({name}), {code: 'USAGE', exit: 2})
			})
		for (const days of [0, -1, 1.5, 36_501, Number.NaN])
			it(`refuses ${days} days`, () => assert.rejects(generate({name: 'd', days}), {code: 'USAGE'}))

		it('refuses with the commands that replace the pair or make another', async () => {
			const advice = await generate({name: 'laptop', days: 30, type: 'rsa'}).then(
				() => [],
				(error: FileSyncError) => error.advice,
			)
			const same = `filesync certs gen --name laptop --out ${folder.at('certs')} --days 30 --type rsa --force`
			const other = `filesync certs gen --name laptop-2 --out ${folder.at('certs')} --days 30 --type rsa`
			assert.deepEqual([advice[0], advice.at(-1)], [same, other])
		})

		it('a folder that no one can make is told at once', async function () {
			if (process.platform !== 'linux') this.skip()
			await assert.rejects(generate({outDir: '/proc/x/y'}), {
				code: 'CERT_UNREADABLE',
				message: 'folder /proc/x/y cannot be written: it does not exist (ENOENT)',
			})
		})

		it('says so when the folder is a file', async () => {
			await assert.rejects(generate({outDir: folder.write('plain', '')}), {code: 'CERT_UNREADABLE', exit: 2})
		})
	})

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

	describe('expiry', () => {
		const rows: [string, number, string, number, RegExp | undefined][] = [
			['fresh', 0, 'valid', 365, undefined],
			['31 days left', 334, 'valid', 31, undefined],
			['30 days left', 335, 'valid', 30, undefined],
			['29 days left', 336, 'soon', 29, /expires on .*, in 29 days$/],
			['one day left', 364, 'soon', 1, /in 1 day$/],
			['the last moment', 365, 'soon', 0, /in 0 days/],
			['a day late', 366, 'expired', -1, /expired on /],
			['years early', -700, 'not-yet', 1065, /is the clock of this device right/],
		]
		for (const [name, atDay, state, daysLeft, warning] of rows)
			it(name, () => {
				const nowMs = made.notAfter.getTime() - (365 - atDay) * dayMs
				assert.deepEqual(expiryOf(made, nowMs), {state, daysLeft})
				const own = loadIdentity(pair(made))
				const warnings = expiryWarnings(own, [made], nowMs)
				assert.equal(warnings.length, warning === undefined ? 0 : 2)
				const [first, second] = warnings
				if (warning !== undefined) assert.match(first?.message ?? '', warning)
				const renew = `filesync certs gen --name laptop --out ${folder.at('certs')} --force`
				if (state === 'soon' || state === 'expired') {
					assert.equal(first?.advice[0], renew)
					assert.match(
						second?.advice.join(' ') ?? '',
						/on the other device, filesync certs show .* copy its new certificate/,
					)
				}
				const check = () => assertNotExpired(own, nowMs)
				if (state === 'expired')
					assert.throws(
						check,
						(error: FileSyncError) =>
							error.code === 'CERT_EXPIRED' &&
							error.exit === 2 &&
							error.advice[0] === renew &&
							/expired/.test(error.message),
					)
				else assert.doesNotThrow(check)
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
