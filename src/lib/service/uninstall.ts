// `service uninstall`: stops a service and removes its files. Never removes a file that FileSync did not write.
import {FileSyncError} from '../errors/index.js'
import {inspect, removeFiles} from './files.js'
import type {Machine} from './machine.js'
import {managerFor} from './managers/manager.js'
import {commandText} from './managers/quote.js'
import {parseServiceName} from './spec.js'
import {runSteps} from './steps.js'
import type {UninstallResult} from './types.js'

/**
 * Stops, disables and removes the service. A service manager that is missing or refuses is a `problem` in the result; the files are
 * removed anyway. Throws USAGE for a file that FileSync did not write.
 */
export async function uninstallService(
	name: string | undefined,
	machine: Machine,
	signal: AbortSignal,
): Promise<UninstallResult> {
	const service = parseServiceName(name)
	const manager = managerFor(machine, service)
	const nothing = {ok: true, service, removed: false, kept: [], problem: null, next: []} as const
	if (manager === null) return {...nothing, system: null, file: null}
	const {system, file, parts, leftovers, folders, stop, forget} = manager
	const {kind} = inspect(file)
	if (kind === 'none') return {...nothing, system, file}
	if (kind === 'foreign')
		throw new FileSyncError('USAGE', `service file ${file} was not written by FileSync; it stays as it is`, [
			`look at it, and remove it yourself: ${commandText(['rm', file])}`,
		])
	const stopped = await runSteps(stop, machine, signal)
	const kept = removeFiles([file, ...parts], leftovers, folders)
	const problem = stopped ?? (await runSteps(forget, machine, signal))
	return {
		ok: problem?.kind !== 'refused',
		service,
		system,
		file,
		removed: true,
		kept,
		problem,
		next: problem === null ? [] : manager.stopByHand,
	}
}
