// The oclif manifest: what `filesync` knows about its commands without loading them. Stale ones hide new commands, so `check` compares.
import {readFileSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import {Plugin} from '@oclif/core'

/** The commands of the program in dist/, as oclif asks for them. */
class BuiltCommands extends Plugin {
	/** @override */
	async loadCommandsFromTarget() {
		const {commands} = createRequire(join(this.root, 'package.json'))('./dist/program.js')
		const loaded = Object.entries(commands).map(async ([id, load]) => [id, (await load()).default])
		return Object.fromEntries(await Promise.all(loaded))
	}
}

/** The manifest of the built commands below `root`, as it would be written. @param {string} root @returns {Promise<string>} */
export async function manifestOf(root) {
	const {oclif, ...rest} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
	const pjson = {...rest, oclif: {...oclif, commands: {strategy: 'explicit', target: './dist/program.js'}}}
	const options = {
		root,
		pjson,
		isRoot: true,
		ignoreManifest: true,
		errorOnManifestCreate: true,
		respectNoCacheDefault: true,
	}
	const plugin = new BuiltCommands(options)
	await plugin.load()
	const commands = Object.fromEntries(Object.entries(plugin.manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1)))
	return `${JSON.stringify({...plugin.manifest, commands}, null, '\t')}\n`
}

/** @param {string} root */
export async function writeManifest(root) {
	const text = await manifestOf(root)
	if (currentManifest(root) !== text) writeFileSync(join(root, 'oclif.manifest.json'), text)
}

/** The committed manifest, or null. @param {string} root */
export function currentManifest(root) {
	try {
		return readFileSync(join(root, 'oclif.manifest.json'), 'utf8')
	} catch {
		return null
	}
}
