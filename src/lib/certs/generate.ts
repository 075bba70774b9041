// `certs gen`: makes a certificate and puts it with its key on disk. Never overwrites unless told to, and then keeps the old pair.
import {X509Certificate} from 'node:crypto'
import {chmodSync, existsSync, mkdirSync, renameSync, rmSync, statSync} from 'node:fs'
import {hostname} from 'node:os'
import {join} from 'node:path'
import {type Env, homeOf} from '../config/locate.js'
import {isTaken, publishNew, stageBeside, syncFolder} from '../config/publish.js'
import {errnoOf, FileSyncError, messageOf} from '../errors/index.js'
import {type CertificateOrder, makeCertificate} from './make.js'
import {type Certificate, describe} from './pem.js'

export interface GenerateOptions extends CertificateOrder {
	/** Absolute. Made with mode 0700 when it is missing. */
	readonly outDir: string
	readonly force: boolean
}

export interface Generated extends Certificate {
	readonly certFile: string
	readonly keyFile: string
	/** Where the pair that stood there before is now. */
	readonly kept: readonly string[]
	readonly warnings: readonly string[]
}

/** Certificates with a longer life are refused by nothing, but a number above is a slip. */
export const longestDays = 36_500

/** Where certificates are kept when nothing else is said. */
export const defaultCertDir = (env: Env): string => join(homeOf(env), 'sync-certs')

/** The host's name as a certificate's name; `device` where the system gives none that can be one. */
export function defaultCertName(): string {
	const name = hostname()
	return isCertName(name) ? name : 'device'
}

/** The common name's bound in X.509, and short enough for a file name with its suffix. */
const longestName = 64

/** One component of a file name on every platform, and plain ASCII: letters, digits, `.`, `_`, `-`, and `:` for IPv6. */
export function isCertName(name: string): boolean {
	const plain = process.platform === 'win32' ? /^[A-Za-z0-9][A-Za-z0-9._-]*$/ : /^[A-Za-z0-9:][A-Za-z0-9._:-]*$/
	return name.length <= longestName && plain.test(name)
}

/** The two paths of the pair called `name`. */
export const pairPaths = (dir: string, name: string): {readonly cert: string; readonly key: string} => ({
	cert: join(dir, `${name}.cert`),
	key: join(dir, `${name}.key`),
})

function makeFolder(dir: string): string[] {
	const isNew = !existsSync(dir)
	mkdirSync(dir, {recursive: true, mode: 0o700})
	// mkdir's mode is cut by the umask only, but some file systems start with another one.
	if (isNew && process.platform !== 'win32') chmodSync(dir, 0o700)
	const mode = statSync(dir).mode & 0o777
	if (process.platform === 'win32' || (mode & 0o022) === 0) return []
	return [`folder ${dir} can be written by other users (mode ${mode.toString(8)}): chmod 700 ${dir}`]
}

const exists = (file: string): FileSyncError =>
	new FileSyncError('CERT_EXISTS', `${file} exists already; nothing was written`, [
		'add --name OTHER to make another pair',
		'add --force to replace it (the old pair is kept as .old; the peer then needs the new certificate)',
	])

/**
 * Gives both files their names. An old certificate is moved aside first and the new one comes last, so that at no
 * moment, not even after a crash, a certificate stands beside a key that is not its own.
 */
function publishPair(
	staged: {cert: string; key: string},
	target: {cert: string; key: string},
	force: boolean,
): string[] {
	if (!force) {
		if (!publishNew(staged.key, target.key)) throw exists(target.key)
		if (!publishNew(staged.cert, target.cert)) {
			rmSync(target.key)
			throw exists(target.cert)
		}
		return []
	}
	const aside: string[] = []
	try {
		for (const file of [target.cert, target.key]) {
			if (!isTaken(file)) continue
			renameSync(file, `${file}.old`)
			aside.push(file)
		}
		renameSync(staged.key, target.key)
		renameSync(staged.cert, target.cert)
	} catch (error) {
		// The key goes back first, for the same reason.
		for (const file of aside.reverse()) renameSync(`${file}.old`, file)
		throw error
	}
	return aside.map((file) => `${file}.old`)
}

function check({name, days}: GenerateOptions): void {
	if (!isCertName(name))
		throw new FileSyncError(
			'USAGE',
			`certificate name ${JSON.stringify(name)} cannot be used; it wants 1 to ${longestName} ASCII letters, digits, ".", "_" or "-", and a letter or digit first`,
			['filesync certs gen --name laptop'],
		)
	if (!Number.isInteger(days) || days < 1 || days > longestDays)
		throw new FileSyncError('USAGE', `--days ${days} cannot be used; it wants a whole number from 1 to ${longestDays}`)
}

/**
 * Makes `NAME.cert` and `NAME.key` (mode 0600) in `outDir`. Throws USAGE, CERT_EXISTS, or CERT_UNREADABLE when the
 * folder cannot be written; then nothing is left behind.
 */
export async function generateCertificate(options: GenerateOptions, nowMs = Date.now()): Promise<Generated> {
	check(options)
	const target = pairPaths(options.outDir, options.name)
	const staged: {cert?: string; key?: string} = {}
	try {
		const taken = options.force ? undefined : [target.key, target.cert].find(isTaken)
		if (taken !== undefined) throw exists(taken)
		const made = await makeCertificate(options, nowMs)
		const warnings = makeFolder(options.outDir)
		const key = stageBeside(target.key, made.keyPem, 0o600)
		staged.key = key
		const cert = stageBeside(target.cert, made.certPem, 0o600)
		staged.cert = cert
		const kept = publishPair({cert, key}, target, options.force)
		syncFolder(options.outDir)
		const certificate = describe(target.cert, new X509Certificate(made.certPem))
		return {...certificate, certFile: target.cert, keyFile: target.key, kept, warnings}
	} catch (error) {
		for (const file of [staged.key, staged.cert]) if (file !== undefined) rmSync(file, {force: true})
		if (error instanceof FileSyncError) throw error
		const what = ['EEXIST', 'ENOTDIR'].includes(errnoOf(error) ?? '')
			? 'is not a folder'
			: `cannot be written: ${messageOf(error)}`
		throw new FileSyncError(
			'CERT_UNREADABLE',
			`folder ${options.outDir} ${what}`,
			['add --out DIR to write elsewhere'],
			{cause: error},
		)
	}
}
