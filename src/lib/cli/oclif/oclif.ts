// The parts of oclif that the program needs. `main` loads this only when a command runs. Imports oclif's files one by one: its
// entry point loads all of them.
import {homedir, tmpdir} from 'node:os'
import {Config} from '@oclif/core/config'
import type {Logger, PJSON} from '@oclif/core/interfaces'
import {settings} from '@oclif/core/settings'
import type {WorkerPool} from '../../node/start/head-start.js'
import {type CommandTable, ownPlugin} from './own-plugin.js'

export {run} from '@oclif/core/run'

/** Replaces oclif's logger, which loads a library only to find that DEBUG is not set. */
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
	/** A worker pool for a command that scans; see head-start.ts. */
	headStart: WorkerPool | undefined

	/** Reads no file in the home folder. */
	override async loadTheme(): Promise<undefined> {}
}

/**
 * oclif wants to know the home folder and the shell; FileSync needs neither here. If the environment does not name them, oclif asks the
 * system, which throws for a user without an entry and starts PowerShell on Windows.
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
 * oclif's config for the package in `root`, without plugins. Without a table of commands oclif searches the package for them. Throws
 * INSTALLATION.
 */
export async function ownConfig(root: string, pjson: PJSON, commands: CommandTable | undefined): Promise<OwnConfig> {
	// Only compiled commands, also with NODE_ENV=development.
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
