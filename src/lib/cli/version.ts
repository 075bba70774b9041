// `filesync --version`, in its own bundle: reading the whole program takes longer than printing this. Loads nothing of oclif.
import {readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import type {PJSON} from '@oclif/core/interfaces'
import {errnoOf, FileSyncError} from '../errors/index.js'
import {adviceOf, describeFailure} from '../errors/system.js'
import {flushed, isOutputError, printError, printJson, printText, wantsJson, watchOutput} from './output.js'

/** The root folder of the package whose `bin/` contains the file of this URL. */
export const packageRoot = (importMetaUrl: string): string => dirname(dirname(fileURLToPath(importMetaUrl)))

/** Throws the system's error. */
export const readPackage = (root: string): PJSON => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Prints the version and sets `process.exitCode`. `importMetaUrl`: as for `main`. Never rejects. */
export async function printVersion(importMetaUrl: string): Promise<void> {
	const json = wantsJson(process.argv.slice(2))
	const fail = (error: unknown): void => {
		const fault = error instanceof FileSyncError ? error : unread(error)
		printError(fault, json && !isOutputError(fault))
		process.exitCode = fault.exit
	}
	// stdout reports a failed write as an event.
	process.on('uncaughtException', fail)
	watchOutput(true)
	try {
		const {version} = readPackage(packageRoot(importMetaUrl))
		const node = process.version
		const platform = `${process.platform}-${process.arch}`
		if (json) printJson({ok: true, version: String(version), node, platform})
		else printText(`filesync ${version} (${platform}, node ${node})`)
	} catch (error) {
		fail(error)
	}
	await flushed()
}

/** The error for this program's own package.json that is missing or damaged. */
function unread(cause: unknown): FileSyncError {
	const message = describeFailure('package.json of this program cannot be read', cause)
	return new FileSyncError('DISK_FAILED', message, adviceOf(errnoOf(cause), []), {cause})
}
