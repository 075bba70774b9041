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

/** A folder of all that may be in one: files alike, an empty one, a link. */
const plantMixed = (dir: Dir): void => {
	for (let i = 0; i < 5; i++) dir.write(`old/sub/f${i}`, `content ${i}`)
	dir.write('old/sub/twin', 'as the other').write('old/sub/twin 2', 'as the other').write('old/sub/empty', '')
	dir.link('old/sub/link', 'f0').write('old/top', 'beside a folder').mkdir('old/nothing')
}

const mixed = (['alpha', 'beta'] as const).flatMap((side) => {
	const log = side === 'alpha' ? 'beta' : 'alpha'
	return [
		{
			name: `a folder renamed at ${side} is renamed at the other side, too: its inodes are those of before`,
			run: () =>
				withPair({name: `inodes-${side}`}, async (pair) => {
					const {alpha} = pair
					const [here, there] = [pair[side].dir, pair[log].dir]
					plantMixed(here)
					await alpha.result(['sync'])
					const before = there.inodes('old/sub')
					here.mv('old', 'new/place')
					const {renamed} = await alpha.result(['sync'])
					assert.deepEqual(there.inodes('new/place/sub'), before)
					assert.deepEqual(here.replica, there.replica)
					assert.ok(renamed >= 9, `${renamed} renamed`)
					const again = await alpha.result(['sync'])
					assert.deepEqual(countsOf(again), noCounts)
				}),
		},
		{
			name: `one of which the other side's copy holds more than is synced goes file by file from ${side}, and that stays`,
			run: () =>
				withPair({name: `more-${side}`, settings: {ignore: ['*.log']}}, async (pair) => {
					const {alpha} = pair
					const [here, there] = [pair[side].dir, pair[log].dir]
					plantMixed(here)
					await alpha.result(['sync'])
					there.write('old/sub/own.log', 'not synced')
					here.mv('old', 'new')
					await alpha.run('sync')
					assert.equal(there.read('old/sub/own.log'), 'not synced')
					for (const name of ['f0', 'f4', 'twin', 'twin 2', 'empty', 'link']) {
						assert.ok(!there.has(`old/sub/${name}`), name)
						assert.deepEqual(there.tree[`new/sub/${name}`], here.tree[`new/sub/${name}`])
					}
				}),
		},
		{
			name: `one in which a file was edited at the other side meanwhile, renamed at ${side}: the edit is kept`,
			run: () =>
				withPair({name: `edited-${side}`}, async (pair) => {
					const {alpha} = pair
					const [here, there] = [pair[side].dir, pair[log].dir]
					plantMixed(here)
					await alpha.result(['sync'])
					there.write('old/sub/f1', 'edited meanwhile')
					here.mv('old', 'new')
					await alpha.run('sync')
					await alpha.result(['sync'])
					assert.deepEqual(here.replica, there.replica)
					assert.ok(Object.values(here.tree).includes('edited meanwhile'))
					assert.equal(here.read('new/sub/f0'), 'content 0')
				}),
		},
	]
})

describe('e2e: rule 9, renames', () => {
	concurrently(mixed)
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
