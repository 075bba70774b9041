// What one channel carries between two processes on loopback: large frames, small frames, and the wire's overhead.
// `node bench/channel.js [MiB] [small frames]` after `npx tsc -p tsconfig.test.json`. Prints one JSON object.
import {fork} from 'node:child_process'
import {createHash, webcrypto, X509Certificate} from 'node:crypto'
import {fileURLToPath} from 'node:url'
import * as x509 from '@peculiar/x509'

const netModule = process.env.FILESYNC_BENCH_NET ?? new URL('../.build/src/lib/net/index.js', import.meta.url).href
const {dial, listen} = await import(netModule)

const megabyte = 1024 * 1024
const frameTypes = {large: 1, small: 2, done: 3}

async function makeIdentity(name) {
	const algorithm = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'}
	const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
	const now = Date.now()
	const certificate = await x509.X509CertificateGenerator.createSelfSigned(
		{
			name: `CN=${name}`,
			notBefore: new Date(now - 60_000),
			notAfter: new Date(now + 86_400_000),
			signingAlgorithm: algorithm,
			keys,
		},
		webcrypto,
	)
	const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
	return {
		certPem: certificate.toString('pem'),
		keyPem: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
	}
}

function pinOf({certPem}) {
	const leaf = new X509Certificate(certPem)
	const fingerprint = createHash('sha256').update(leaf.raw).digest('hex')
	return {
		fingerprint,
		certPem,
		subject: leaf.subject,
		notBeforeMs: Date.parse(leaf.validFrom),
		notAfterMs: Date.parse(leaf.validTo),
	}
}

/** The receiving process: counts frames and bytes, answers `done` with what it has seen. */
async function receive({identity, pin}) {
	const listener = await listen({
		host: '127.0.0.1',
		port: 0,
		identity,
		pins: [pin],
		onRefused: (info) => process.send({refused: info}),
		onChannel: (channel) => {
			let frames = 0
			let bytes = 0
			channel.allowFrames(16 * megabyte)
			channel.onFrame = (type, body) => {
				if (type === frameTypes.done) {
					channel.send(
						frameTypes.done,
						Buffer.from(JSON.stringify({frames, bytes, rssMb: Math.round(process.memoryUsage.rss() / megabyte)})),
					)
					frames = 0
					bytes = 0
					return
				}
				frames++
				bytes += body.length
			}
			channel.closed.then(() => listener.close().then(() => process.disconnect()))
		},
	})
	process.send({port: listener.port})
}

/** Sends `count` frames of `body`, waits until the other process has counted them all. Seconds and its counts. */
async function run(channel, type, count, body) {
	const answer = new Promise((resolve) => {
		channel.onFrame = (_type, text) => resolve(JSON.parse(Buffer.from(text).toString()))
	})
	const start = performance.now()
	for (let i = 0; i < count; i++) if (!channel.send(type, body)) await channel.drained()
	channel.send(frameTypes.done, new Uint8Array(0))
	const seen = await answer
	if (seen.frames !== count || seen.bytes !== count * body.length)
		throw new Error(`lost frames: ${JSON.stringify(seen)}`)
	return {seconds: (performance.now() - start) / 1000, peerRssMb: seen.rssMb}
}

async function main() {
	const mebibytes = Number(process.argv[2] ?? 1024)
	const smallFrames = Number(process.argv[3] ?? 1_000_000)
	const [here, there] = await Promise.all([makeIdentity('sender'), makeIdentity('receiver')])
	const child = fork(fileURLToPath(import.meta.url), ['--receive'])
	const port = await new Promise((resolve) => {
		child.on('message', (message) => (message.port === undefined ? console.error(message) : resolve(message.port)))
		child.send({identity: there, pin: pinOf(here)})
	})
	const handshakeStart = performance.now()
	const channel = await dial({host: '127.0.0.1', port, identity: here, pins: [pinOf(there)]})
	const handshakeMs = performance.now() - handshakeStart

	const large = await run(channel, frameTypes.large, mebibytes, Buffer.alloc(megabyte, 7))
	const wireLarge = channel.bytesSent
	const small = await run(channel, frameTypes.small, smallFrames, Buffer.alloc(50, 7))
	const wireSmall = channel.bytesSent - wireLarge
	const seen = {
		node: process.version,
		handshake_ms: Math.round(handshakeMs * 10) / 10,
		large_mb_per_sec: Math.round((mebibytes * megabyte) / 1e6 / large.seconds),
		large_overhead_percent: Math.round((wireLarge / (mebibytes * megabyte) - 1) * 10_000) / 100,
		small_frames_per_sec: Math.round(smallFrames / small.seconds),
		small_overhead_percent: Math.round((wireSmall / (smallFrames * 50) - 1) * 10_000) / 100,
		rss_mb: Math.round(process.memoryUsage.rss() / megabyte),
		peer_rss_mb: small.peerRssMb,
	}
	await channel.end()
	console.log(JSON.stringify(seen))
}

if (process.argv[2] === '--receive') process.once('message', receive)
else await main()
