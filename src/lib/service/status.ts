// `service status`: the files on disk and the service manager's answer. Changes nothing.
import {inspect} from './files.js'
import type {Machine} from './machine.js'
import {managerFor} from './managers/manager.js'
import {parseServiceName} from './spec.js'
import {runStep} from './steps.js'
import type {ServiceStatus, State} from './types.js'

const unasked: State = {enabled: false, active: false, state: null, since: null, exit_code: null, problem: null}

/** `nowMs`: milliseconds since 1970. Rejects only when `signal` is aborted, or with USAGE for a bad name. */
export async function serviceStatus(
	name: string | undefined,
	machine: Machine,
	nowMs: number,
	signal: AbortSignal,
): Promise<ServiceStatus> {
	const service = parseServiceName(name)
	const manager = managerFor(machine, service)
	const nothing = {ok: true, service, installed: false, foreign: false} as const
	if (manager === null) return {...nothing, system: null, file: null, log: null, ...unasked}
	const {system, file, log} = manager
	const {kind} = inspect(file)
	// The service manager is asked only about a service that FileSync installed.
	if (kind !== 'ours') return {...nothing, foreign: kind === 'foreign', system, file, log: null, ...unasked}
	const state = manager.read(await runStep(manager.query, machine, signal), nowMs)
	return {...nothing, installed: true, system, file, log, ...state}
}
