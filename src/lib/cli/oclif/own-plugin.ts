// This package's commands as oclif wants them, from its manifest alone. oclif's own way asks for more files, one after the other,
// and loads what finds commands without a manifest.
import {readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import type {Command} from '@oclif/core/command'
import type {Manifest, PJSON, Plugin} from '@oclif/core/interfaces'
import {errnoOf} from '../../errors/index.js'

function readManifest(root: string): Manifest | undefined {
	try {
		return JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8'))
	} catch (error) {
		if (errnoOf(error) === 'ENOENT') return undefined
		throw error
	}
}

/** undefined: there is no manifest, and oclif has to look for itself. `pjson`: the package.json of `root`. */
export function ownPlugin(root: string, pjson: PJSON): Plugin | undefined {
	const manifest = readManifest(root)
	if (manifest === undefined) return undefined
	const load = createRequire(join(root, 'package.json'))
	const {name, version} = pjson

	async function findCommand(id: string, options: {must: true}): Promise<Command.Class>
	async function findCommand(id: string, options?: {must: boolean}): Promise<Command.Class>
	async function findCommand(id: string): Promise<Command.Class> {
		const {relativePath} = manifest?.commands[id] ?? {}
		if (relativePath == null) throw new Error(`the manifest has no command "${id}"`)
		// The manifest was made from this very file.
		const command = load(join(root, ...relativePath)).default as Command.Class
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
