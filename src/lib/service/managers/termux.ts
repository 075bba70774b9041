// termux-services (runit) on Android: the service's folder of scripts, and the commands and output of `sv`. Pure.
import {join} from 'node:path'
import {messageOfEnd} from '../ended.js'
import {marker} from '../marker.js'
import {argumentsOf} from '../spec.js'
import type {Ended, Manager, ServiceName, ServiceSpec, State, Step} from '../types.js'
import {commandText, shellWord} from './quote.js'

const script = (prefix: string, ...lines: readonly string[]): string =>
	[`#!${prefix}/bin/sh`, `# ${marker}.`, ...lines, ''].join('\n')

/** The script that execs FileSync. */
export function runText(spec: ServiceSpec, prefix: string): string {
	const exports = Object.entries(spec.env).map(([name, value]) => `export ${name}=${shellWord(value)}`)
	return script(prefix, 'exec 2>&1', ...exports, `exec ${commandText([spec.node, ...argumentsOf(spec)])}`)
}

/** The script that runit runs after FileSync has ended. `$1`: its exit code, -1 after a signal. */
export const finishText = (prefix: string): string =>
	script(
		prefix,
		'case $1 in',
		'	0) ;;',
		'	# Config or certificate, another peer: someone must look.',
		'	2 | 4) sv down . ;;',
		'	*) sleep 10 ;;',
		'esac',
	)

export const logText = (prefix: string, folder: string): string =>
	script(prefix, `mkdir -p ${shellWord(folder)}`, `exec svlogd -tt ${shellWord(folder)}`)

/** Parses `sv status`: `run: DIR: (pid 12) 34s; …`, `down: DIR: 3s, normally up; …`. A running service is normally up by default. */
export function readStatus(answer: Ended, nowMs: number): State {
	const found =
		answer.kind === 'ended' ? /^(run|down|finish): [^\n]*?: (?:\(pid \d+\) )?(\d+)s([^;\n]*)/.exec(answer.stdout) : null
	if (found === null)
		return {enabled: null, active: null, state: null, since: null, exit_code: null, problem: messageOfEnd(answer)}
	const [, state = '', seconds, rest = ''] = found
	return {
		enabled: state === 'down' ? rest.includes('normally up') : !rest.includes('normally down'),
		active: state === 'run',
		state,
		since: new Date(nowMs - Number(seconds) * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
		exit_code: null,
		problem: null,
	}
}

export function termux(prefix: string, service: ServiceName): Manager {
	const services = join(prefix, 'var', 'service')
	const folder = join(services, service)
	const logFolder = join(prefix, 'var', 'log', 'sv', service)
	const down = join(folder, 'down')
	const sv = (...words: readonly string[]): Step => ({argv: ['sv', ...words, folder]})
	return {
		system: 'termux',
		file: join(folder, 'run'),
		needs: {
			folder: services,
			advice: ['pkg install termux-services', 'then close Termux, open it again, and try once more'],
		},
		files: (spec) => [
			{path: join(folder, 'log', 'run'), text: logText(prefix, logFolder), mode: 0o755},
			{path: join(folder, 'finish'), text: finishText(prefix), mode: 0o755},
			{path: join(folder, 'run'), text: runText(spec, prefix), mode: 0o755},
		],
		parts: [join(folder, 'finish'), join(folder, 'log', 'run')],
		leftovers: [down, join(folder, 'supervise'), join(folder, 'log', 'supervise')],
		folders: [join(folder, 'log'), folder],
		start: (written, now) => {
			if (!now) return [{argv: ['touch', down]}, {...sv('down'), onFailure: 'ignored'}]
			// runit notices a new folder within five seconds.
			const up: Step = {...sv('up'), tries: 8, onFailure: 'unreachable'}
			const restart: readonly Step[] = written === 'replaced' ? [sv('-w', '40', 'restart')] : []
			return [{argv: ['rm', '-f', down]}, up, ...restart]
		},
		startsLater: false,
		// `down` keeps a supervisor that restarts before the folder is removed from starting the service again.
		stop: [{argv: ['touch', down]}, {...sv('-w', '40', 'stop'), onFailure: 'unreachable'}],
		forget: [],
		// Its supervisor, if it runs, notices that the folder is gone and stops the service.
		stopByHand: [],
		query: sv('status'),
		read: readStatus,
		log: commandText(['tail', '-n', '100', join(logFolder, 'current')]),
		hints: [
			'termux-wake-lock',
			'lets Android run it in the background.',
			'To start it with the phone: the app Termux:Boot, and a script in ~/.termux/boot that runs . $PREFIX/etc/profile',
		],
	}
}
