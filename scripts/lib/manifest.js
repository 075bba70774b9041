// The oclif manifest: facts about the commands, available without loading them. A stale one hides new commands, so `check` compares it.
import {readFileSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import {Plugin} from '@oclif/core'

/** The commands of the program in dist/, as an oclif plugin. */
class BuiltCommands extends Plugin {
	/** @override */
	async loadCommandsFromTarget() {
		const {commands} = createRequire(join(this.root, 'package.json'))('./dist/program.js')
		const loaded = Object.entries(commands).map(async ([id, load]) => [id, (await load()).default])
		return Object.fromEntries(await Promise.all(loaded))
	}
}

/** The text of the manifest for the built commands below `root`. @param {string} root @returns {Promise<string>} */
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

/** The text of the committed manifest; null: there is none. @param {string} root */
export function currentManifest(root) {
	try {
		return readFileSync(join(root, 'oclif.manifest.json'), 'utf8')
	} catch {
		return null
	}
}
