// `certs gen`: makes a certificate and writes it with its key to disk. Never overwrites without `force`, and then keeps the old pair.
import {X509Certificate} from 'node:crypto'
import {chmodSync, renameSync, rmSync, statSync} from 'node:fs'
import {isTaken, publishNew, stageBeside, syncFolder} from '../config/publish.js'
import {accessAdvice} from '../disk/access.js'
import {makeFolders} from '../disk/folders.js'
import {errnoOf, FileSyncError, type Warning} from '../errors/index.js'
import {commandText} from '../errors/shell.js'
import {describeFailure, isDiskFull, isPassing, pathOf} from '../errors/system.js'
import {genCommand} from './advice.js'
import {type CertificateOrder, type KeyType, makeCertificate} from './make.js'
import {isCertName, longestName, pairPaths} from './names.js'
import {type Certificate, describe} from './pem.js'

export interface GenerateOptions extends CertificateOrder {
	/** Absolute. Made with mode 0700 if it is missing. */
	readonly outDir: string
	readonly force: boolean
}

export interface Generated extends Certificate {
	readonly certFile: string
	readonly keyFile: string
	/** Where an earlier pair of this name was moved. */
	readonly kept: readonly string[]
	readonly warnings: readonly Warning[]
}

/** Defaults of `certs gen`. */
export const defaultDays = 365
export const defaultType: KeyType = 'ec'

/** Upper bound against typing errors; no software refuses certificates that live longer. */
export const longestDays = 36_500

/** Makes the folder of the pair, accessible for this user only. */
function prepareFolder(dir: string): Warning[] {
	const isNew = makeFolders(dir, 0o700)
	// Some file systems ignore mkdir's mode.
	if (isNew && process.platform !== 'win32') chmodSync(dir, 0o700)
	const mode = statSync(dir).mode & 0o777
	if (process.platform === 'win32' || (mode & 0o022) === 0) return []
	return [
		{
			message: `folder ${dir} can be written by other users (mode ${mode.toString(8)})`,
			advice: [commandText(['chmod', '700', dir])],
		},
	]
}

/** Options that differ from the defaults, as typed. */
const optionsOf = ({days, type}: GenerateOptions): string[] => [
	...(days === defaultDays ? [] : ['--days', String(days)]),
	...(type === defaultType ? [] : ['--type', type]),
]

const exists = (file: string, options: GenerateOptions): FileSyncError => {
	const {name, outDir} = options
	const extra = optionsOf(options)
	return new FileSyncError('CERT_EXISTS', `${file} exists already; nothing was written`, [
		genCommand(name, outDir, [...extra, '--force']),
		'that keeps the old pair as .old; the other device then needs the new certificate. For one more pair, with its own name:',
		genCommand(`${name.slice(0, longestName - 2)}-2`, outDir, extra),
	])
}

/** The error for files that could not be written. */
function writeFault(error: unknown, {name, outDir}: GenerateOptions): unknown {
	const code = errnoOf(error)
	if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error
	const elsewhere = 'or write to another folder:'
	const otherwise = genCommand(name, '~/sync-certs').replace("'~/sync-certs'", '~/sync-certs')
	if (code === 'EEXIST' || code === 'ENOTDIR')
		return new FileSyncError('CERT_UNREADABLE', `folder ${outDir} is not a folder`, [otherwise], {cause: error})
	const what = describeFailure(`folder ${outDir} cannot be written`, error)
	const isRefused = code === 'EACCES' || code === 'EPERM'
	const advice = isRefused ? [...accessAdvice(pathOf(error) ?? outDir, outDir), elsewhere, otherwise] : [otherwise]
	const kind = isDiskFull(code) ? 'DISK_FULL' : isPassing(code) ? 'DISK_FAILED' : 'CERT_UNREADABLE'
	return new FileSyncError(kind, what, advice, {cause: error})
}

/**
 * Gives both files their names. The old certificate is moved away first and the new one comes last, so that a certificate never stands
 * beside a key that is not its own, not even after a crash.
 */
function publishPair(
	staged: {cert: string; key: string},
	target: {cert: string; key: string},
	options: GenerateOptions,
): string[] {
	if (!options.force) {
		if (!publishNew(staged.key, target.key)) throw exists(target.key, options)
		if (!publishNew(staged.cert, target.cert)) {
			rmSync(target.key)
			throw exists(target.cert, options)
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
		// The key is moved back first, for the same reason.
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
 * Makes `NAME.cert` and `NAME.key` (mode 0600) in `outDir`. Throws USAGE, CERT_EXISTS, and CERT_UNREADABLE, DISK_FULL or
 * DISK_FAILED when the folder cannot be written; then nothing is left behind.
 */
export async function generateCertificate(options: GenerateOptions, nowMs = Date.now()): Promise<Generated> {
	check(options)
	const target = pairPaths(options.outDir, options.name)
	if (!options.force) {
		const taken = [target.key, target.cert].find((file) => onDisk(options, () => isTaken(file)))
		if (taken !== undefined) throw exists(taken, options)
	}
	const made = await makeCertificate(options, nowMs)
	const certificate = describe(target.cert, new X509Certificate(made.certPem))
	const {kept, warnings} = onDisk(options, () => writePair(made, target, options))
	return {...certificate, certFile: target.cert, keyFile: target.key, kept, warnings}
}

/** Runs disk operations; turns their errors into errors about the folder. */
function onDisk<T>(options: GenerateOptions, act: () => T): T {
	try {
		return act()
	} catch (error) {
		throw writeFault(error, options)
	}
}

function writePair(
	made: {certPem: string; keyPem: string},
	target: {cert: string; key: string},
	options: GenerateOptions,
): {kept: string[]; warnings: Warning[]} {
	const warnings = prepareFolder(options.outDir)
	const staged: {cert?: string; key?: string} = {}
	try {
		const key = stageBeside(target.key, made.keyPem, 0o600)
		staged.key = key
		const cert = stageBeside(target.cert, made.certPem, 0o600)
		staged.cert = cert
		const kept = publishPair({cert, key}, target, options)
		syncFolder(options.outDir)
		return {kept, warnings}
	} catch (error) {
		for (const file of [staged.key, staged.cert]) if (file !== undefined) rmSync(file, {force: true})
		throw error
	}
}
