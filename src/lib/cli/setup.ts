// What `init` needs around writing the config: questions on a terminal, defaults, and what to do next.
import {existsSync} from 'node:fs'
import {defaultCertName, pairPaths} from '../certs/index.js'
import {addressText, type Config, isFoundByItself, type Place, parseAddress} from '../config/index.js'
import {FileSyncError} from '../errors/index.js'
import {shellWord} from '../service/quote.js'

/** The answers of `init`, as they were typed. */
export interface Answers {
	readonly dir: string
	readonly peer: string | undefined
}

/** True when a person is there to answer. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

/** Asks for what is missing, on stderr, so that stdout stays the answer's. Throws INTERRUPTED on Ctrl-C. */
export async function ask(
	known: {dir?: string | undefined; peer?: string | undefined},
	signal: AbortSignal,
): Promise<Answers> {
	const {isCancel, text} = await import('@clack/prompts')
	const common = {output: process.stderr, signal}
	const answered = (answer: string | symbol): string => {
		if (isCancel(answer)) throw new FileSyncError('INTERRUPTED', 'interrupted; nothing was written')
		return String(answer).trim()
	}
	const dir =
		known.dir ??
		answered(
			await text({
				...common,
				message: 'Which folder shall be synced?',
				placeholder: '~/Sync',
				validate: (answer) => ((answer ?? '').trim() === '' ? 'a folder is needed' : undefined),
			}),
		)
	const peer =
		known.peer ??
		answered(
			await text({
				...common,
				message: 'Where does the peer listen? (HOST or HOST:PORT; empty if only the peer connects)',
				defaultValue: '',
				validate: (answer) => addressFault((answer ?? '').trim()),
			}),
		)
	return {dir, peer: peer === '' ? undefined : peer}
}

function addressFault(text: string): string | undefined {
	if (text === '') return undefined
	try {
		parseAddress(text, '--peer')
		return undefined
	} catch (error) {
		return error instanceof FileSyncError ? error.message : String(error)
	}
}

/** Paths below `~/sync-certs`, where `certs gen` puts what it makes. Written with `~`, so that the config can be moved. */
export function defaultCerts(peerHost: string | undefined): Config['certs'] {
	const own = pairPaths('~/sync-certs', defaultCertName())
	const peer = peerHost === undefined ? 'peer' : peerHost.replace(/[^A-Za-z0-9._-]/g, '_')
	const peerCert = pairPaths('~/sync-certs', peer).cert
	// Two devices of one name would otherwise pin themselves.
	return {...own, peerCert: peerCert === own.cert ? pairPaths('~/sync-certs', 'peer').cert : peerCert}
}

/** What is left to do before the first sync, as commands that work as they stand where `init` was called. */
export function nextSteps(config: Config, place: Place): string[] {
	const steps: string[] = []
	const named = isFoundByItself(config.file, place) ? '' : ` --config ${shellWord(place.flag ?? config.file)}`
	if (!existsSync(config.localDir)) steps.push(`mkdir -p ${config.localDir}`)
	if (!existsSync(config.certs.cert) || !existsSync(config.certs.key))
		steps.push("filesync certs gen   (this device's certificate and key)")
	if (!existsSync(config.certs.peerCert))
		steps.push(`copy the peer's certificate to ${config.certs.peerCert}, and ${config.certs.cert} to the peer`)
	steps.push(`filesync serve${named}   (on one device)`)
	if (config.peer !== null)
		steps.push(`filesync sync${named} --dry-run, then filesync sync${named}   (with ${addressText(config.peer)})`)
	return steps
}
