// Results of the `service` commands as text: one element per line, not escaped yet. Pure.
import {modeWords} from './spec.js'
import type {InstallResult, ServiceStatus, StepFault, System, UninstallResult, Written} from './types.js'

const kinds: Readonly<Record<System, string>> = {
	systemd: 'systemd user service',
	launchd: 'launchd agent',
	termux: 'termux-services',
}

const verbs: Readonly<Record<Written, string>> = {
	created: 'Installed',
	replaced: 'Replaced',
	unchanged: 'Installed already:',
}

const row = (name: string, value: string): string => `  ${name.padEnd(7)}${value}`

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)

export const problemText = ({command, message}: StepFault): string => `${command}: ${message}`

/** The warning about a service that was installed but not started. */
export const notStarted = (problem: StepFault): string =>
	`the service is written, but it could not be enabled or started (${problemText(problem)})`

function modeLine({mode, mode_from}: Pick<InstallResult, 'mode' | 'mode_from'>): string {
	const chosen = modeWords[mode].join(' ')
	if (mode_from === 'flag') return row('runs', `filesync ${chosen}`)
	const why =
		mode === 'watch'
			? 'because the config names a peer (otherwise: --mode serve, or --mode node for both)'
			: 'because the config names no peer (with one: --mode watch, or --mode node for both)'
	return row('runs', `filesync ${chosen}, ${why}`)
}

const codes: Readonly<Record<number, string>> = {
	2: 'config or certificates',
	4: 'the peer is not who the config says',
	5: 'stopped for safety',
	6: 'another FileSync process holds the folder',
}

const codeText = (code: number): string => {
	const why = codes[code]
	return why === undefined ? `exit code ${code}` : `exit code ${code} (${why})`
}

function outlook({started, enabled, active, exit_code, problem, service, log}: InstallResult): string[] {
	if (problem !== null) return []
	if (started && active === false)
		return [`It was started, but has ended${exit_code === null ? '' : ` with ${codeText(exit_code)}`}. Why: ${log}`]
	if (started) return [`It ${active === null ? 'was started' : 'runs'}, and starts by itself from now on.`]
	if (enabled) return ['It starts by itself at the next login.']
	return [`It is held back until you run: sv-enable ${service}`]
}

export function installLines(result: InstallResult): string[] {
	const {service, system, written, file, config, log, next, hints} = result
	return [
		`${verbs[written]} ${service} (${kinds[system]})`,
		modeLine(result),
		row('config', config),
		row('file', file),
		row('log', log),
		...outlook(result),
		...(next.length === 0 ? [] : ['To enable and start it later, run:', ...indented(next)]),
		...(hints.length === 0 ? [] : ['You may want:', ...indented(hints)]),
	]
}

export function uninstallLines({service, file, system, removed, kept, problem, next}: UninstallResult): string[] {
	if (system === null || file === null)
		return [`${service} is not installed: FileSync knows no service manager of this system`]
	if (!removed) return [`${service} is not installed: there is no ${file}`]
	return [
		problem === null ? `Stopped ${service} and removed ${file}` : `Removed ${file}`,
		...kept.map((path) => `Stays, because FileSync did not make it or it is not empty: ${path}`),
		...(next.length === 0 ? [] : ['If it still runs:', ...indented(next)]),
	]
}

/** `2026-01-02 03:04:05 UTC` */
const moment = (iso: string): string => iso.replace('T', ' ').replace('Z', ' UTC')

function stateText({state, since, enabled, exit_code}: ServiceStatus): string {
	return [
		`${state ?? 'unknown'}${since === null ? '' : ` since ${moment(since)}`}`,
		...(exit_code === null ? [] : [`last ${codeText(exit_code)}`]),
		...(enabled === null ? [] : [enabled ? 'starts by itself' : 'does not start by itself']),
	].join(', ')
}

export function statusLines(status: ServiceStatus): string[] {
	const {service, system, file, installed, foreign, log, problem} = status
	if (system === null || file === null)
		return [
			`${service} is not installed: FileSync knows no service manager of this system`,
			'What to do instead says: filesync service install',
		]
	if (foreign) return [`${service} is not installed: FileSync did not write ${file}`]
	if (!installed) return [`${service} is not installed: there is no ${file}`, 'filesync service install']
	return [
		`${service} (${kinds[system]})`,
		row('state', problem === null ? stateText(status) : `unknown: ${problem}`),
		row('file', file),
		...(log === null ? [] : [row('log', log)]),
	]
}
