// This package's commands as an oclif plugin, from the manifest and the program's own table. oclif's own plugin class reads more
// files, one after the other, and loads the code that finds commands without a manifest.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Command} from '@oclif/core/command'
import type {Manifest, PJSON, Plugin} from '@oclif/core/interfaces'
import {errnoOf, FileSyncError} from '../../errors/index.js'
import {shellWord} from '../../errors/shell.js'

/** Loaders of commands by oclif's id (`certs:gen`). */
export type CommandTable = Readonly<Record<string, () => Promise<{readonly default: Command.Class}>>>

function readManifest(root: string): Manifest {
	try {
		return JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8'))
	} catch (error) {
		if (errnoOf(error) !== 'ENOENT') throw error
		const message = `this installation is not complete: ${join(root, 'oclif.manifest.json')} is missing`
		throw new FileSyncError('INSTALLATION', message, [`cd ${shellWord(root)} && npm install`], {cause: error})
	}
}

/** `pjson`: the package.json of `root`. Throws INSTALLATION if there is no manifest. */
export function ownPlugin(root: string, pjson: PJSON, table: CommandTable): Plugin {
	const manifest = readManifest(root)
	const {name, version} = pjson

	async function findCommand(id: string, options: {must: true}): Promise<Command.Class>
	async function findCommand(id: string, options?: {must: boolean}): Promise<Command.Class>
	async function findCommand(id: string): Promise<Command.Class> {
		const load = table[id]
		if (load === undefined) throw new Error(`the program has no command "${id}"`)
		const {default: command} = await load()
		command.id = id
		command.plugin = plugin
		return command
	}

	const plugin: Plugin = {
		_base: '@oclif/core',
		alias: name,
		commandIDs: Object.keys(manifest.commands),
		commands: Object.entries(manifest.commands)
			.map(([id, cached]) => ({
				...cached,
				load: () => findCommand(id, {must: true}),
				pluginAlias: name,
				pluginType: 'core',
			}))
			.sort((a, b) => (a.id < b.id ? -1 : 1)),
		commandsDir: undefined,
		findCommand,
		hasManifest: true,
		hooks: {},
		isRoot: true,
		load: async () => {},
		moduleType: 'commonjs',
		name,
		options: {root},
		pjson,
		root,
		topics: Object.entries(pjson.oclif.topics ?? {}).map(([topic, value]) => ({...value, name: topic})),
		type: 'core',
		valid: true,
		version,
	}
	return plugin
}
