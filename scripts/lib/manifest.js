// The oclif manifest: what `filesync` knows about its commands without loading them. Stale ones hide new commands, so `check` compares.
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Plugin} from '@oclif/core'

/** The manifest of the compiled commands below `root`, as it would be written. @param {string} root @returns {Promise<string>} */
export async function manifestOf(root) {
	const plugin = new Plugin({root, ignoreManifest: true, errorOnManifestCreate: true, respectNoCacheDefault: true})
	await plugin.load()
	// oclif lists commands in the order in which their modules happened to load.
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
