// Path of the index of a config's folder. Loads nothing else: every command needs it to find a running node.
import {createHash} from 'node:crypto'
import {realpathSync} from 'node:fs'
import {join} from 'node:path'
import type {Config} from '../config/index.js'

/** The subfolder of the state folder for this synced folder: one index per real path, whichever config names it. */
export function indexDirOf(config: Config): string {
	let real = config.localDir
	try {
		real = realpathSync(config.localDir)
	} catch {
		// Replica.open reports a missing folder, with advice.
	}
	return join(config.stateDir, createHash('sha256').update(real).digest('hex').slice(0, 16))
}
