// launchd on macOS: the agent's file, and the commands and output of `launchctl`. Pure.
import {join} from 'node:path'
import type {Machine} from '../machine.js'
import {marker} from '../marker.js'
import {argumentsOf} from '../spec.js'
import type {Ended, Manager, ServiceName, ServiceSpec, State, Step} from '../types.js'
import {commandText, xmlText} from './quote.js'

type Value = string | number | boolean | readonly string[] | {readonly [key: string]: Value}

function valueLines(value: Value, indent: string): string[] {
	if (typeof value === 'string') return [`${indent}<string>${xmlText(value)}</string>`]
	if (typeof value === 'number') return [`${indent}<integer>${value}</integer>`]
	if (typeof value === 'boolean') return [`${indent}<${value}/>`]
	if (isList(value))
		return [`${indent}<array>`, ...value.flatMap((item) => valueLines(item, `${indent}\t`)), `${indent}</array>`]
	const entries = Object.entries(value).flatMap(([key, inner]) => [
		`${indent}\t<key>${xmlText(key)}</key>`,
		...valueLines(inner, `${indent}\t`),
	])
	return [`${indent}<dict>`, ...entries, `${indent}</dict>`]
}

const isList = (value: Value): value is readonly string[] => Array.isArray(value)

/**
 * The agent's property list. launchd cannot distinguish exit codes: it restarts after every failure, a minute later, so that a lasting
 * fault does not fill the log.
 */
export function plistText(spec: ServiceSpec, logFile: string): string {
	const settings: Value = {
		Label: spec.service,
		ProgramArguments: [spec.node, ...argumentsOf(spec)],
		...(Object.keys(spec.env).length === 0 ? {} : {EnvironmentVariables: spec.env}),
		RunAtLoad: true,
		KeepAlive: {SuccessfulExit: false},
		ThrottleInterval: 60,
		ExitTimeOut: 30,
		Nice: 5,
		LowPriorityIO: true,
		StandardOutPath: logFile,
		StandardErrorPath: logFile,
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${marker}. -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${valueLines(settings, '').join('\n')}
</plist>
`
}

/**
 * Parses `launchctl print gui/UID/LABEL`, which fails for an agent that is not loaded. `enabled` is true: files in LaunchAgents are loaded
 * at login.
 */
export function readPrint(answer: Ended): State {
	const nothing = {since: null, exit_code: null, problem: null}
	if (answer.kind === 'missing') return {...nothing, enabled: null, active: null, state: null, problem: answer.message}
	if (answer.code !== 0) return {...nothing, enabled: true, active: false, state: 'not loaded'}
	const state = /^\tstate = (.+)$/m.exec(answer.stdout)?.[1] ?? null
	const exit = /^\tlast exit code = (\d+)/m.exec(answer.stdout)?.[1]
	const isActive = state === 'running'
	return {
		...nothing,
		enabled: true,
		active: isActive,
		state,
		exit_code: isActive || exit === undefined ? null : Number(exit),
	}
}

const ctl = (...words: readonly string[]): Step => ({argv: ['launchctl', ...words]})

export function launchd({home, uid}: Machine, service: ServiceName): Manager {
	const file = join(home, 'Library', 'LaunchAgents', `${service}.plist`)
	const logFile = join(home, 'Library', 'Logs', `${service}.log`)
	const domain = `gui/${uid}`
	const target = `${domain}/${service}`
	// Fails if the user has no graphical session, as over ssh.
	const reach: Step = {...ctl('print', domain), onFailure: 'unreachable'}
	const unload: Step = {...ctl('bootout', target), onFailure: 'ignored'}
	return {
		system: 'launchd',
		file,
		needs: null,
		files: (spec) => [{path: file, text: plistText(spec, logFile), mode: 0o644}],
		parts: [],
		leftovers: [],
		folders: [],
		start: (written, now) => {
			const enable = [reach, ctl('enable', target)]
			if (!now) return enable
			if (written === 'unchanged')
				return [...enable, {...ctl('bootstrap', domain, file), onFailure: 'ignored'}, ctl('kickstart', target)]
			// bootout returns before the old agent has ended; until then bootstrap fails.
			return [...enable, unload, {...ctl('bootstrap', domain, file), tries: 10}]
		},
		startsLater: true,
		stop: [reach, unload],
		forget: [],
		stopByHand: [`launchctl bootout ${target}`],
		query: ctl('print', target),
		read: readPrint,
		log: commandText(['tail', '-n', '100', logFile]),
		hints: [],
	}
}
