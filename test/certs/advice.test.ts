// Commands that are advised for a certificate make exactly the files that the config names, when a shell is given them.
import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {generateCertificate, loadIdentity, makePairCommand, type PairPaths} from '../../src/lib/certs/index.js'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {bin} from '../cli/run.js'
import {Folder} from '../config/folder.js'

/** What a person's shell does with a pasted line. */
const paste = (command: string, home: string): string =>
	execFileSync('sh', ['-ec', `filesync() { '${process.execPath}' '${bin}' "$@"; }\n${command}`], {
		encoding: 'utf8',
		cwd: '/',
		env: {...process.env, HOME: home},
	})

describe('certs: advice', function () {
	this.timeout(60_000)
	let folder: Folder
	beforeEach(() => {
		folder = new Folder()
	})
	afterEach(() => folder.remove())

	const rows: readonly (readonly [string, string, string])[] = [
		['a pair of one folder', 'certs/laptop.cert', 'certs/laptop.key'],
		['a folder with blanks and quotes', "my certs' place/A.cert", "my certs' place/A.key"],
		['endings of another program', 'certs/server.pem', 'certs/server.key'],
		['a key in a folder of its own', 'certs/laptop.cert', 'private/laptop-key.pem'],
		['a name that no certificate can have', 'certs/mein gerät.cert', 'certs/mein gerät.key'],
	]
	if (process.platform !== 'win32')
		for (const [name, cert, key] of rows)
			it(`${name}: made where it is missing, made anew where it stands`, () => {
				const certs: PairPaths = {cert: folder.at(cert), key: folder.at(key)}
				paste(makePairCommand(certs), folder.path)
				const first = loadIdentity({certs})
				assert.deepEqual(first.warnings, [])
				paste(makePairCommand(certs), folder.path)
				const second = loadIdentity({certs})
				assert.notEqual(second.fingerprint, first.fingerprint)
				assert.equal(readFileSync(`${certs.cert}.old`, 'utf8'), first.certPem.replaceAll('\r', ''))
				assert.ok(existsSync(`${certs.key}.old`))
			})

	it('what a failed load advises is that command', async () => {
		const certs = {cert: folder.at('c', 'A.cert'), key: folder.at('c', 'A.key')}
		const made = await generateCertificate({name: 'A', type: 'ec', days: 1, outDir: folder.at('c'), force: false})
		const other = await generateCertificate({name: 'B', type: 'ec', days: 1, outDir: folder.at('c'), force: false})
		const rows: readonly (readonly [string, PairPaths])[] = [
			['missing', {cert: folder.at('new', 'C.cert'), key: folder.at('new', 'C.key')}],
			['not of one pair', {cert: made.certFile, key: other.keyFile}],
			['damaged', {cert: folder.write('c/D.cert', 'x'), key: folder.write('c/D.key', 'x')}],
		]
		assert.equal(loadIdentity({certs}).commonName, 'A')
		for (const [name, pair] of rows)
			assert.throws(
				() => loadIdentity({certs: pair}),
				(error: unknown) => error instanceof FileSyncError && error.advice.includes(makePairCommand(pair)),
				name,
			)
	})
})
