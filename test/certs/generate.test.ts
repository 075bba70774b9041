// Certificates that are made here: what is in them, who takes them, and what stands in the way of making them.
import assert from 'node:assert/strict'
import {createHash, X509Certificate} from 'node:crypto'
import {mkdirSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {connect, createServer, type TLSSocket} from 'node:tls'
import {type Generated, generateCertificate, isCertName, loadIdentity} from '../../src/lib/certs/index.js'
import {FileSyncError} from '../../src/lib/errors/index.js'
import type {Folder} from '../config/folder.js'
import {Certificates, dayMs, pair} from './support.js'

describe('certs', () => {
	let folder: Folder
	let made: Generated
	let rsa: Generated
	let generate: Certificates['generate']
	before(async () => {
		const certificates = await Certificates.make()
		folder = certificates.folder
		made = certificates.made
		rsa = certificates.rsa
		generate = (more) => certificates.generate(more)
	})
	after(() => folder.remove())

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
})
