// Temporary folders of the engine's tests, in memory where the system has such a place. Each is removed by who asked for it.
import {accessSync, chmodSync, constants, lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

const inMemory = '/dev/shm'

function base(): string {
	try {
		accessSync(inMemory, constants.W_OK)
		return inMemory
	} catch {
		return tmpdir()
	}
}

/** A new, empty folder. */
export const makeTemp = (): string => realpathSync(mkdtempSync(join(base(), 'filesync-engine-')))

/** Removes a folder with all below, also where folders in it are closed to writing. */
export function removeTemp(folder: string): void {
	const unlock = (at: string): void => {
		chmodSync(at, 0o700)
		for (const name of readdirSync(at)) if (lstatSync(join(at, name)).isDirectory()) unlock(join(at, name))
	}
	unlock(folder)
	rmSync(folder, {recursive: true, force: true})
}
