// Commands that make exactly the certificate and key which a config names. What is printed works as it stands.
import {existsSync} from 'node:fs'
import {basename, dirname, extname} from 'node:path'
import {isTaken} from '../config/publish.js'
import {shellWord} from '../errors/shell.js'
import {defaultCertName, isCertName, pairPaths} from './names.js'

/** The two files of this device, as a config names them. Absolute. */
export interface PairPaths {
	readonly cert: string
	readonly key: string
}

/** `certs gen` with these values. `extra`: further options, as they are typed. */
export const genCommand = (name: string, dir: string, extra: readonly string[] = []): string =>
	['filesync certs gen', '--name', shellWord(name), '--out', shellWord(dir), ...extra].join(' ')

/** The name of `file` without its ending, if it can be that of a certificate. */
function stemOf(file: string): string {
	const stem = basename(file, extname(file))
	return isCertName(stem) ? stem : defaultCertName()
}

/** Folder and name with which `certs gen` makes the pair at these paths; undefined: they are no NAME.cert and NAME.key of one folder. */
export function pairNamed({cert, key}: PairPaths): {readonly name: string; readonly outDir: string} | undefined {
	const outDir = dirname(cert)
	const name = basename(cert, extname(cert))
	const made = pairPaths(outDir, name)
	return isCertName(name) && made.cert === cert && made.key === key ? {name, outDir} : undefined
}

/** `name`, or the first of `name-2`, `name-3`, … of which `dir` holds no file. */
function freeName(dir: string, name: string): string {
	for (let i = 1; ; i++) {
		const candidate = i === 1 ? name : `${name}-${i}`
		const {cert, key} = pairPaths(dir, candidate)
		if (!isTaken(cert) && !isTaken(key)) return candidate
	}
}

/**
 * The command that makes the pair at the paths of `certs`, new or in place of what stands there; the old files stay beside
 * it as `.old`. Where the paths are no NAME.cert and NAME.key of one folder, it moves what `certs gen` has made.
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

/** How `certs.cert` and `certs.key` come to be good again, step by step. */
export const pairAdvice = (certs: PairPaths): string[] => [
	makePairCommand(certs),
	`then copy ${certs.cert} to the other device, in place of this device's older one there`,
]

/** The name under which `init` expects the other device's certificate, in the folder where `certs gen` puts the own one. */
export const peerCertName = 'peer'

/** Where to put a certificate on the device that it is for. */
export const copyAdvice = (cert: string): string =>
	`Copy ${basename(cert)} (never the key) to the other device, as ~/sync-certs/${peerCertName}.cert or where certs.peer_cert there says.`
