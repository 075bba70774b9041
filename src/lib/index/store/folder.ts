// Owns the folder of an index on disk: makes it private, sees whether LevelDB's files are complete, moves a damaged
// one aside. Never reads a record and never deletes an index that was not moved aside before.
//
//   <dir>/            0700
//     db/             LevelDB
//     holder.json     see holder.ts
//   <dir>.damaged-<n> the last one that was moved aside
import {chmod, readdir, rename, rm, stat} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {makeFolders} from '../../disk/folders.js'
import {errnoOf} from '../../errors/index.js'
import {Damage} from './checks.js'

export const databaseIn = (dir: string): string => join(dir, 'db')

/** Makes `dir` and what is missing above it, for this user alone. An older or a foreign tool may have made it readable to others. */
export async function makePrivateFolder(dir: string): Promise<void> {
	if (makeFolders(dir, 0o700)) return
	// Where modes do not exist, nothing is to be done.
	if (((await stat(dir)).mode & 0o077) !== 0) await chmod(dir, 0o700).catch(() => undefined)
}

/**
 * LevelDB takes a folder without CURRENT for a new one and would delete the tables in it. It writes CURRENT before
 * the first table or log, so one without the other has lost a file. Throws Damage.
 */
export async function requireCurrent(databaseDir: string): Promise<void> {
	const names = await readdir(databaseDir).catch((error: unknown): string[] => {
		if (errnoOf(error) === 'ENOENT') return []
		throw error
	})
	if (!names.includes('CURRENT') && names.some((name) => /\.(ldb|sst|log)$/.test(name)))
		throw new Damage('its file CURRENT is missing')
}

/** Moves `dir` to `<dir>.damaged-<n>`, then removes those moved before. Returns the new place; undefined without `dir`. */
export async function moveAside(dir: string): Promise<string | undefined> {
	const prefix = `${basename(dir)}.damaged-`
	const parent = dirname(dir)
	const earlier = (await readdir(parent))
		.filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
		.map((name) => ({name, number: Number(name.slice(prefix.length))}))
	const target = join(parent, `${prefix}${Math.max(0, ...earlier.map(({number}) => number)) + 1}`)
	try {
		await rename(dir, target)
	} catch (error) {
		if (errnoOf(error) === 'ENOENT') return undefined
		throw error
	}
	for (const {name} of earlier) await rm(join(parent, name), {recursive: true, force: true})
	return target
}
