// What a failure of LevelDB is called: the cause that it tells itself, with the exit code of its kind.
import assert from 'node:assert/strict'
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {explain} from '../../src/lib/index/store/faults.js'

const levelError = (text: string): Error => Object.assign(new Error(text), {code: 'LEVEL_IO_ERROR'})
const systemError = (code: string): Error => Object.assign(new Error(`${code}: x`), {code})

describe('index: faults', () => {
	let dir: string
	before(() => {
		dir = mkdtempSync(join(tmpdir(), 'filesync-faults-'))
		mkdirSync(join(dir, 'db'))
	})
	after(() => rmSync(dir, {recursive: true}))

	// The disk of the test is in order: whatever is told is past when it is asked.
	const rows: readonly (readonly [string, Error, string, number, RegExp])[] = [
		[
			'no space, for a moment',
			levelError('IO error: /x/7.log: No space left on device'),
			'DISK_FULL',
			1,
			/full \(ENOSPC\)/,
		],
		['a quota', levelError('IO error: /x/7.log: Disk quota exceeded'), 'DISK_FULL', 1, /full \(EDQUOT\)/],
		[
			'open files',
			levelError('IO error: /x/7.ldb: Too many open files'),
			'DISK_FAILED',
			1,
			/too many files .*\(EMFILE\)/,
		],
		['open files of all', levelError('IO error: /x: Too many open files in system'), 'DISK_FAILED', 1, /\(ENFILE\)/],
		['read-only', levelError('IO error: /x/7.log: Read-only file system'), 'DISK_FAILED', 1, /read-only \(EROFS\)/],
		[
			'a bad block',
			levelError('IO error: /x/7.log: Input/output error'),
			'DISK_FAILED',
			1,
			/read or write error \(EIO\)/,
		],
		['rights', levelError('IO error: /x/LOCK: Permission denied'), 'STATE_UNUSABLE', 2, /permission denied \(EACCES\)/],
		['EMFILE of Node', systemError('EMFILE'), 'DISK_FAILED', 1, /too many files/],
		['EROFS of Node', systemError('EROFS'), 'DISK_FAILED', 1, /read-only/],
		['ENOSPC of Node', systemError('ENOSPC'), 'DISK_FULL', 1, /full/],
		['ENOTDIR of Node', systemError('ENOTDIR'), 'STATE_UNUSABLE', 2, /a folder was expected/],
	]
	for (const reading of [false, true])
		for (const [name, thrown, code, exit, message] of rows)
			it(`${name}, while ${reading ? 'reading' : 'writing'}: ${code}, exit ${exit}`, async () => {
				const error = await explain(thrown, dir, reading)
				assert.ok(error instanceof FileSyncError)
				assert.deepEqual([error.code, error.exit], [code, exit])
				assert.match(error.message, message)
				assert.ok(error.advice.length > 0)
			})
})
