// Commands that make exactly the certificate and key that a config names. Each works as printed.
import {existsSync} from 'node:fs'
import {basename, dirname, extname} from 'node:path'
import {isTaken} from '../config/publish.js'
import {shellWord} from '../errors/shell.js'
import {defaultCertName, isCertName, pairPaths} from './names.js'

/** This device's two files, as a config names them. Absolute paths. */
export interface PairPaths {
	readonly cert: string
	readonly key: string
}

/** `certs gen` with these values. `extra`: further options, as typed. */
export const genCommand = (name: string, dir: string, extra: readonly string[] = []): string =>
	['filesync certs gen', '--name', shellWord(name), '--out', shellWord(dir), ...extra].join(' ')

/** The name of `file` without its extension if certificates may have that name, else the default name. */
function stemOf(file: string): string {
	const stem = basename(file, extname(file))
	return isCertName(stem) ? stem : defaultCertName()
}

/** Name and folder with which `certs gen` makes the pair at these paths; undefined: they are not NAME.cert and NAME.key in one folder. */
export function pairNamed({cert, key}: PairPaths): {readonly name: string; readonly outDir: string} | undefined {
	const outDir = dirname(cert)
	const name = basename(cert, extname(cert))
	const made = pairPaths(outDir, name)
	return isCertName(name) && made.cert === cert && made.key === key ? {name, outDir} : undefined
}

/** `name`, or the first of `name-2`, `name-3`, … that is free in `dir`. */
function freeName(dir: string, name: string): string {
	for (let i = 1; ; i++) {
		const candidate = i === 1 ? name : `${name}-${i}`
		const {cert, key} = pairPaths(dir, candidate)
		if (!isTaken(cert) && !isTaken(key)) return candidate
	}
}

/**
 * The command that makes the pair at the paths of `certs`. Existing files are kept as `.old`. If the paths are not NAME.cert and NAME.key
 * in one folder, the command moves the files that `certs gen` makes.
 */
export function makePairCommand(certs: PairPaths): string {
	const named = pairNamed(certs)
	if (named !== undefined)
		return genCommand(named.name, named.outDir, isTaken(certs.cert) || isTaken(certs.key) ? ['--force'] : [])
	const dir = dirname(certs.cert)
	const name = stemOf(certs.cert)
	const move = (from: string, to: string): string => `mv ${shellWord(from)} ${shellWord(to)}`
	const free = freeName(dir, `${name}-new`)
	const fresh = pairPaths(dir, free)
	const keyDir = dirname(certs.key)
	return [
		genCommand(free, dir),
		...[certs.cert, certs.key].filter(isTaken).map((file) => move(file, `${file}.old`)),
		...(existsSync(keyDir) || keyDir === dir ? [] : [`mkdir -p ${shellWord(keyDir)}`]),
		move(fresh.key, certs.key),
		move(fresh.cert, certs.cert),
	].join(' && ')
}

/** Steps that replace an unusable `certs.cert` and `certs.key`. */
export const pairAdvice = (certs: PairPaths): string[] => [
	makePairCommand(certs),
	`then copy ${certs.cert} to the other device, in place of this device's older one there`,
]

/** Name under which `init` expects the other device's certificate, in the default folder of `certs gen`. */
export const peerCertName = 'peer'

/** Where to copy a certificate on the other device. */
export const copyAdvice = (cert: string): string =>
	`Copy ${basename(cert)} (never the key) to the other device, as ~/sync-certs/${peerCertName}.cert or where certs.peer_cert there says.`
