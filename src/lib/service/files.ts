// The files of a service on disk: checks, writes and removes them. Never touches a file without FileSync's marker unless forced.
import {readFileSync, renameSync, rmdirSync, rmSync, statSync} from 'node:fs'
import {dirname} from 'node:path'
import {isTaken, publishNew, stageBeside, syncFolder} from '../config/publish.js'
import {accessAdvice} from '../disk/access.js'
import {makeFolders} from '../disk/folders.js'
import {errnoOf, FileSyncError} from '../errors/index.js'
import {commandText} from '../errors/shell.js'
import {describeFailure, isDiskFull, isPassing, pathOf} from '../errors/system.js'
import {isMarked} from './marker.js'
import type {ServiceFile, Written} from './types.js'

/** What is at a path. `foreign`: FileSync did not write it, or it is not a regular file. */
export type Standing = {readonly kind: 'none' | 'foreign'} | {readonly kind: 'ours'; readonly text: string}

/** What is at `path`; something unreadable counts as foreign. */
export function inspect(path: string): Standing {
	if (!isTaken(path)) return {kind: 'none'}
	try {
		// Reading a pipe would never end.
		if (!statSync(path).isFile()) return {kind: 'foreign'}
		const text = readFileSync(path, 'utf8')
		return isMarked(text) ? {kind: 'ours', text} : {kind: 'foreign'}
	} catch {
		return {kind: 'foreign'}
	}
}

const taken = (path: string, kind: 'foreign' | 'ours'): FileSyncError =>
	new FileSyncError(
		'CONFIG_EXISTS',
		kind === 'ours'
			? `service file ${path} exists already with another config, mode or program in it; nothing was written`
			: `service file ${path} exists already and FileSync did not write it; nothing was written`,
		['add --name NAME to install another one beside it', 'add --force to replace it'],
	)

function cannot(what: string, path: string, error: unknown): FileSyncError {
	const errno = errnoOf(error)
	const code = isDiskFull(errno) ? 'DISK_FULL' : isPassing(errno) ? 'DISK_FAILED' : 'USAGE'
	const isRefused = errno === 'EACCES' || errno === 'EPERM'
	const advice = isRefused ? accessAdvice(pathOf(error) ?? path) : [commandText(['ls', '-ld', dirname(path)])]
	const message = describeFailure(`service file ${path} cannot be ${what}`, error)
	return new FileSyncError(code, message, advice, {cause: error})
}

function writeFile({path, text, mode}: ServiceFile, replace: boolean): void {
	let staged: string | undefined
	try {
		makeFolders(dirname(path))
		staged = stageBeside(path, text, mode)
		if (replace) renameSync(staged, path)
		else if (!publishNew(staged, path)) throw taken(path, inspect(path).kind === 'ours' ? 'ours' : 'foreign')
	} catch (error) {
		if (staged !== undefined) rmSync(staged, {force: true})
		throw error instanceof FileSyncError ? error : cannot('written', path, error)
	}
	syncFolder(dirname(path))
}

/**
 * Writes the files in order, each atomically. Writes nothing if all have the wanted content already. Throws CONFIG_EXISTS, before
 * anything is written, if one has another content, unless `force`.
 */
export function writeFiles(files: readonly ServiceFile[], force: boolean): Written {
	const seen = files.map((file) => ({file, standing: inspect(file.path)}))
	const due = seen.filter(({file, standing}) => standing.kind !== 'ours' || standing.text !== file.text)
	for (const {file, standing} of due) if (standing.kind !== 'none' && !force) throw taken(file.path, standing.kind)
	// RACE: with --force, a file made after the check is replaced, too.
	for (const {file, standing} of due) writeFile(file, standing.kind !== 'none')
	if (due.length === 0) return 'unchanged'
	return due.length === files.length && due.every(({standing}) => standing.kind === 'none') ? 'created' : 'replaced'
}

/**
 * Removes those of `paths` that have the marker, then `leftovers` with everything below them, then `folders` that are empty now. Returns
 * what is left.
 */
export function removeFiles(
	paths: readonly string[],
	leftovers: readonly string[],
	folders: readonly string[],
): readonly string[] {
	const kept: string[] = []
	for (const path of paths) {
		const {kind} = inspect(path)
		if (kind === 'foreign') kept.push(path)
		if (kind !== 'ours') continue
		try {
			// RACE: a file made after the check is removed.
			rmSync(path)
		} catch (error) {
			throw cannot('removed', path, error)
		}
	}
	for (const path of leftovers) rmSync(path, {recursive: true, force: true})
	for (const folder of folders) {
		try {
			rmdirSync(folder)
		} catch (error) {
			if (errnoOf(error) !== 'ENOENT') kept.push(folder)
		}
	}
	return kept
}
