// Two-way rule 9 by the bytes: a rename of a whole folder moves no content over the wire.
import assert from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {concurrently} from './support/concurrent.js'
import type {Dir} from './support/dir.js'
import {withPair} from './support/pair.js'
import {countsOf, noCounts} from './support/result.js'

const folderFiles = 300
const fileBytes = 100_000

const plant = (dir: Dir): void => {
	for (let i = 0; i < folderFiles; i++) dir.write(`old/sub${i % 7}/f${i}`, randomBytes(fileBytes))
}

describe('e2e: rule 9, renames', () => {
	concurrently(
		(['alpha', 'beta'] as const).map((side) => ({
			name: `a folder of ${folderFiles} files and 30 MB, renamed at ${side}, costs less than 100 kB`,
			run: () =>
				withPair({name: `rename-${side}`}, async ({alpha, beta}) => {
					plant(alpha.dir)
					const first = await alpha.result(['sync'])
					assert.ok(first.bytes_sent > folderFiles * fileBytes)
					const device = side === 'alpha' ? alpha : beta
					device.dir.mv('old', 'new name')
					const {bytes_sent, bytes_received, ...result} = await alpha.result(['sync'])
					assert.ok(bytes_sent + bytes_received < 100_000, `${bytes_sent} + ${bytes_received} bytes`)
					// The folder, its seven folders and their files.
					assert.deepEqual(countsOf(result), {...noCounts, renamed: 1 + 7 + folderFiles})
					assert.deepEqual(alpha.dir.replica, beta.dir.replica)
					assert.ok(!alpha.dir.has('old') && !beta.dir.has('old'))
				}),
		})),
	)
})
