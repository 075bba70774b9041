// Certificates of the tests, made once per run by the program itself, and others by openssl as the original README did.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {chmodSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {bin} from './program.js'
import {tempFolder} from './temp.js'

export interface CertFiles {
	readonly cert: string
	readonly key: string
}

const made = new Map<string, CertFiles>()

/** Certificate and key of a device of this name, by `filesync certs gen`. */
export function certificates(name: 'alpha' | 'beta' | 'mallory'): CertFiles {
	const known = made.get(name)
	if (known !== undefined) return known
	const folder = tempFolder(`certs-${name}`)
	const {status, stderr} = spawnSync(process.execPath, [bin, 'certs', 'gen', '--name', name, '--out', folder], {
		encoding: 'utf8',
	})
	assert.equal(status, 0, stderr)
	const files = {cert: join(folder, `${name}.cert`), key: join(folder, `${name}.key`)}
	chmodSync(folder, 0o755)
	made.set(name, files)
	return files
}

/** A copy of a device's certificate and key in a folder that another user owns: nobody may read root's key. */
export function copyCertificates(name: 'alpha' | 'beta', folder: string): CertFiles {
	const {cert, key} = certificates(name)
	const copy = {cert: join(folder, `${name}.cert`), key: join(folder, `${name}.key`)}
	writeFileSync(copy.cert, readFileSync(cert))
	writeFileSync(copy.key, readFileSync(key), {mode: 0o600})
	return copy
}

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0

/** `openssl genrsa 2048` and `openssl req -new -x509 -days 365`, as the original README did. */
export function opensslCertificate(folder: string, name: string): CertFiles {
	const files = {cert: join(folder, `${name}.cert`), key: join(folder, `${name}.key`)}
	const openssl = (...args: readonly string[]): void => {
		const {status, stderr} = spawnSync('openssl', args, {encoding: 'utf8'})
		assert.equal(status, 0, stderr)
	}
	openssl('genrsa', '-out', files.key, '2048')
	const subject = ['-subj', `/CN=${name}`]
	openssl('req', '-new', '-x509', '-key', files.key, '-out', files.cert, '-days', '365', ...subject)
	return files
}
