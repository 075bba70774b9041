// What the program itself needs of oclif: loaded by `main` only when a command runs. From its parts and not from its whole,
// which loads all of them.
import {homedir, tmpdir} from 'node:os'
import {Config} from '@oclif/core/config'
import type {Logger, PJSON} from '@oclif/core/interfaces'
import {settings} from '@oclif/core/settings'
import type {WorkerPool} from '../../node/start/head-start.js'
import {type CommandTable, ownPlugin} from './own-plugin.js'

export {run} from '@oclif/core/run'

/** oclif's own loads a library to see in DEBUG that nothing is to be logged. */
const silent: Logger = {
	child: () => silent,
	debug: () => {},
	error: () => {},
	info: () => {},
	namespace: 'filesync',
	trace: () => {},
	warn: () => {},
}

export class OwnConfig extends Config {
	/** For a command that scans. */
	headStart: WorkerPool | undefined

	/** No file of the home folder is looked at. */
	override async loadTheme(): Promise<undefined> {}
}

/**
 * oclif asks for the home folder and the name of the shell, of which FileSync needs nothing here. It asks the system where the
 * environment does not tell: that throws for a user that the system does not know, and starts PowerShell on Windows.
 */
async function loadWithStandIns(config: Config): Promise<void> {
	const standIns = [...(knowsHome() ? [] : [['HOME', tmpdir()] as const]), ['SHELL', 'unknown'] as const]
	const missing = standIns.filter(([name]) => !process.env[name])
	for (const [name, value] of missing) process.env[name] = value
	try {
		await config.load()
	} finally {
		for (const [name] of missing) delete process.env[name]
	}
}

function knowsHome(): boolean {
	try {
		return homedir() !== ''
	} catch {
		return false
	}
}

/**
 * The config of oclif for the package in `root`. No plugins: nothing but this package is loaded. Without a table of commands oclif looks
 * for them in the package. Throws INSTALLATION.
 */
export async function ownConfig(root: string, pjson: PJSON, commands: CommandTable | undefined): Promise<OwnConfig> {
	// Compiled commands only, whatever NODE_ENV says.
	settings.enableAutoTranspile = false
	const plugin = commands && ownPlugin(root, pjson, commands)
	const config = new OwnConfig({
		root,
		pjson,
		userPlugins: false,
		devPlugins: false,
		...(plugin === undefined ? {} : {plugins: new Map([[plugin.name, plugin]])}),
		logger: process.env['DEBUG'] ? undefined : silent,
	})
	await loadWithStandIns(config)
	return config
}
