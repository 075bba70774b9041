// Texts kept in test/e2e/snapshots, compared whole. With FILESYNC_UPDATE_SNAPSHOTS=1 they are written instead.
import assert from 'node:assert/strict'
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {packageRoot} from './program.js'

const folder = join(packageRoot, 'test', 'e2e', 'snapshots')
const howToUpdate = 'FILESYNC_UPDATE_SNAPSHOTS=1 npm test test/e2e/contract.test.ts'

/** `name`: the file below test/e2e/snapshots. */
export function assertSnapshot(name: string, text: string): void {
	const file = join(folder, name)
	if (process.env['FILESYNC_UPDATE_SNAPSHOTS'] === '1') {
		mkdirSync(dirname(file), {recursive: true})
		writeFileSync(file, text)
		return
	}
	assert.ok(existsSync(file), `there is no snapshot ${name} yet: ${howToUpdate}`)
	assert.equal(text, readFileSync(file, 'utf8'), `${name} has changed; if that is wanted: ${howToUpdate}`)
}
