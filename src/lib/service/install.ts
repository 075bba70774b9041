// `service install`: writes the files of a service and starts it. The managers decide what the files contain.
import {existsSync} from 'node:fs'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Config} from '../config/index.js'
import {FileSyncError} from '../errors/index.js'
import {writeFiles} from './files.js'
import type {Machine} from './machine.js'
import {elsewhere} from './managers/elsewhere.js'
import {managerFor} from './managers/manager.js'
import {commandText} from './managers/quote.js'
import {chooseMode, parseServiceName, specOf} from './spec.js'
import {runStep, runSteps} from './steps.js'
import type {InstallResult, Manager, Mode, PrintResult, ServiceFile, State} from './types.js'

/** Options of the user. */
export interface Order {
	readonly config: Config
	readonly name: string | undefined
	/** undefined: derived from the config. */
	readonly mode: Mode | undefined
}

interface Plan {
	readonly manager: Manager
	readonly files: readonly ServiceFile[]
	readonly chosen: Omit<PrintResult, 'ok' | 'files'>
}

/** Throws USAGE or CONFIG_INVALID for options that cannot be installed, and without a service manager. */
function planOf({config, name, mode: asked}: Order, machine: Machine): Plan {
	const service = parseServiceName(name)
	const mode = chooseMode(asked, config)
	const spec = specOf(service, mode, config, machine)
	const manager = managerFor(machine, service)
	if (manager === null) throw elsewhere(spec, machine.platform)
	const {system, file} = manager
	const mode_from = asked === undefined ? 'config' : 'flag'
	return {manager, files: manager.files(spec), chosen: {service, system, mode, mode_from, config: config.file, file}}
}

/** What `installService` would write. Changes nothing. */
export function printService(order: Order, machine: Machine): PrintResult {
	const {files, chosen} = planOf(order, machine)
	return {ok: true, ...chosen, files: files.map(({path, text}) => ({path, text}))}
}

/** Warnings about missing files, which would end the service at once, and about sudo, which makes it another user's. */
function warningsOf({localDir, certs}: Config, {env, user}: Machine): string[] {
	const missing = [localDir, certs.cert, certs.key, certs.peerCert].filter((path) => !existsSync(path))
	const warnings = missing.map((path) => `${path} does not exist; without it the service ends as soon as it is started`)
	const caller = env['SUDO_USER']
	if (caller !== undefined && caller !== user)
		warnings.push(`this is a service of ${user}; for one of ${caller} run it without sudo`)
	return warnings
}

/** The state of a service shortly after its start: a faulty config ends it at once. */
async function lookLater(manager: Manager, machine: Machine, signal: AbortSignal): Promise<State> {
	await sleep(machine.settleMs, undefined, {signal})
	return manager.read(await runStep(manager.query, machine, signal), Date.now())
}

/**
 * Writes the service's files, enables it and (`start`) starts it. Throws CONFIG_EXISTS, before anything is written, if a file exists with
 * another content, unless `force`. A service manager that is missing or refuses is a `problem` in the result; the files stay.
 */
export async function installService(
	order: Order & {readonly force: boolean; readonly start: boolean},
	machine: Machine,
	signal: AbortSignal,
): Promise<InstallResult> {
	const {manager, files, chosen} = planOf(order, machine)
	const {needs, log, hints} = manager
	if (needs !== null && !existsSync(needs.folder))
		throw new FileSyncError('USAGE', `there is no folder ${needs.folder}; nothing was written`, needs.advice)
	const written = writeFiles(files, order.force)
	const steps = manager.start(written, order.start)
	const problem = await runSteps(steps, machine, signal)
	const isDone = problem === null
	const started = isDone && order.start
	const after = started ? await lookLater(manager, machine, signal) : {active: null, exit_code: null}
	return {
		ok: problem?.kind !== 'refused',
		...chosen,
		written,
		enabled: isDone && (order.start || manager.startsLater),
		started,
		active: after.active,
		exit_code: after.exit_code,
		log,
		problem,
		next: isDone ? [] : steps.map(({argv}) => commandText(argv)),
		hints,
		warnings: warningsOf(order.config, machine),
	}
}
