// The questions of `init`, its defaults, and the next steps that it prints.
import {existsSync, readdirSync} from 'node:fs'
import {basename} from 'node:path'
import {
	copyAdvice,
	defaultCertDir,
	defaultCertName,
	makePairCommand,
	pairPaths,
	peerCertName,
} from '../../certs/index.js'
import {
	addressFault,
	addressText,
	type Config,
	type Env,
	expandPath,
	folderFault,
	isFoundByItself,
	type Place,
} from '../../config/index.js'
import {shellWord} from '../../errors/shell.js'
import {askAll, type Question} from './prompt.js'

/** The answers of `init`, as typed. */
export interface Answers {
	readonly dir: string
	readonly peer: string | undefined
}

/** Asks for the folder and the peer's address unless they are known. Throws INTERRUPTED. */
export async function ask(
	known: {dir?: string | undefined; peer?: string | undefined},
	{cwd, env}: Place,
	signal: AbortSignal,
): Promise<Answers> {
	const folder: Question = {
		text: 'Which folder do you want to sync?',
		initial: '~/Sync',
		fault: (answer) => folderFault(expandPath(answer, cwd, env), env),
	}
	const address: Question = {
		text: 'Address of the other device (HOST[:PORT], empty if it connects here)',
		initial: '',
		fault: (answer) => (answer === '' ? undefined : addressFault(answer)),
	}
	const asked = [...(known.dir === undefined ? [folder] : []), ...(known.peer === undefined ? [address] : [])]
	const answers = await askAll(asked, signal)
	const dir = known.dir ?? answers.shift() ?? folder.initial
	const peer = known.peer ?? answers.shift()
	return {dir, peer: peer === '' ? undefined : peer}
}

/** Names of the certificates in the default folder of `certs gen`: those with a key, and those without. */
function certificatesIn(dir: string): {readonly own: readonly string[]; readonly others: readonly string[]} {
	let files: string[] = []
	try {
		files = readdirSync(dir)
	} catch {
		// The folder is missing: no certificate was made yet.
	}
	const names = files.filter((file) => file.endsWith('.cert')).map((file) => basename(file, '.cert'))
	const hasKey = (name: string): boolean => files.includes(`${name}.key`)
	return {own: names.filter(hasKey), others: names.filter((name) => !hasKey(name))}
}

/** The first of `wanted` that is in `names`, else the only name; undefined: neither. */
const chosen = (names: readonly string[], wanted: readonly string[]): string | undefined =>
	wanted.find((name) => names.includes(name)) ?? (names.length === 1 ? names[0] : undefined)

/**
 * Paths in `~/sync-certs`, the default folder of `certs gen`: of the certificates that are there, else of those that `certs gen` would
 * make and its advice names. Written with `~`, so that the config can be moved.
 */
export function defaultCerts(peerHost: string | undefined, env: Env): Config['certs'] {
	const {own, others} = certificatesIn(defaultCertDir(env))
	const ownName = chosen(own, [defaultCertName()]) ?? defaultCertName()
	const peerName = chosen(others, [peerCertName, ...(peerHost === undefined ? [] : [peerHost])]) ?? peerCertName
	// Otherwise a device whose own name is "peer" would pin itself.
	const peer = peerName === ownName ? `${peerName}-2` : peerName
	return {...pairPaths('~/sync-certs', ownName), peerCert: pairPaths('~/sync-certs', peer).cert}
}

/** What is left to do before the first sync. Each command is on its own line and works as printed in the folder where `init` was called. */
export function nextSteps(config: Config, place: Place): string[] {
	const {localDir, certs, peer} = config
	const named = isFoundByItself(config.file, place) ? '' : ` --config ${shellWord(place.flag ?? config.file)}`
	const steps: string[] = []
	if (!existsSync(localDir)) steps.push(`mkdir -p ${shellWord(localDir)}`)
	if (!existsSync(certs.cert) || !existsSync(certs.key)) steps.push(makePairCommand(certs))
	if (!existsSync(certs.peerCert))
		steps.push(copyAdvice(certs.cert), `Copy the other device's certificate here, to ${certs.peerCert}`)
	steps.push(`filesync certs show${named}`)
	if (peer === null)
		steps.push(`filesync serve${named}`, 'and on the other device, which connects to this one: filesync sync')
	else
		steps.push(
			`On the other device, at ${addressText(peer)}: filesync serve`,
			`filesync sync --dry-run${named}`,
			`filesync sync${named}`,
		)
	return steps
}
