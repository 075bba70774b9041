// Where the index of a config's folder is. Asked by all that look for a running node, so it loads nothing else.
import {createHash} from 'node:crypto'
import {realpathSync} from 'node:fs'
import {join} from 'node:path'
import type {Config} from '../config/index.js'

/** The folder's own place in the state folder: one database per real path, whatever configs name it. */
export function indexDirOf(config: Config): string {
	let real = config.localDir
	try {
		real = realpathSync(config.localDir)
	} catch {
		// A missing folder is told by Replica.open, which knows what to advise.
	}
	return join(config.stateDir, createHash('sha256').update(real).digest('hex').slice(0, 16))
}
