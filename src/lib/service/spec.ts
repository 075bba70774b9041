// What a service runs: name, mode, command line, environment. Pure.
import {isAbsolute} from 'node:path'
import {type Config, requirePeer} from '../config/index.js'
import {FileSyncError} from '../errors/index.js'
import type {Machine} from './machine.js'
import type {Mode, ServiceName, ServiceSpec} from './types.js'

/** Fits a unit's name (255 with its suffix) and is no path, no template (`@`) and no option. */
const nameForm = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/

const isServiceName = (text: string): text is ServiceName =>
	text === 'filesync' || (text.startsWith('filesync-') && nameForm.test(text.slice('filesync-'.length)))

/** The service of `--name`. Throws USAGE. */
export function parseServiceName(name: string | undefined): ServiceName {
	const service = name === undefined ? 'filesync' : `filesync-${name}`
	if (isServiceName(service)) return service
	throw new FileSyncError(
		'USAGE',
		`--name is ${JSON.stringify(name)}; it wants 1 to 64 letters (a-z), digits, ".", "_" or "-", a letter or digit first`,
		['filesync service install --name photos'],
	)
}

/** The wanted mode, else the one that fits the config. Throws CONFIG_INVALID if it needs a peer and the config has none. */
export function chooseMode(asked: Mode | undefined, config: Pick<Config, 'file' | 'peer'>): Mode {
	if (asked === undefined) return config.peer === null ? 'serve' : 'watch'
	if (asked !== 'serve') requirePeer(config)
	return asked
}

/** The arguments of `filesync` for a mode. */
export const modeWords: Readonly<Record<Mode, readonly string[]>> = {
	serve: ['serve'],
	watch: ['watch'],
	node: ['watch', '--serve'],
}

/** All arguments of the Node binary. */
export const argumentsOf = ({script, mode, configFile}: ServiceSpec): readonly string[] => [
	script,
	...modeWords[mode],
	'--config',
	configFile,
]

/** Variables that change FileSync's paths and names. A service manager does not pass the user's ones on. */
function environmentOf({env, home, accountHome}: Machine): Record<string, string> {
	const kept: Record<string, string> = {}
	if (home !== accountHome) kept['HOME'] = home
	const name = env['FILESYNC_NAME']
	if (name !== undefined && name !== '') kept['FILESYNC_NAME'] = name
	const state = env['XDG_STATE_HOME']
	if (state !== undefined && isAbsolute(state)) kept['XDG_STATE_HOME'] = state
	return kept
}

/** Throws USAGE for a text that cannot be written into a service file. */
export function specOf(service: ServiceName, mode: Mode, config: Pick<Config, 'file'>, machine: Machine): ServiceSpec {
	const {node, script} = machine
	const env = environmentOf(machine)
	for (const text of [node, script, config.file, ...Object.values(env)])
		if (/\p{Cc}/u.test(text))
			throw new FileSyncError('USAGE', `${text} holds a control character, which a service file cannot carry`, [
				'rename it',
			])
	return {service, mode, node, script, configFile: config.file, env}
}
