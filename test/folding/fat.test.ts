// A disk without modes, links, fine times or inodes that last: exFAT through FUSE, as a memory card has it. What it cannot keep is not
// made up for the other side, and what it cannot hold is a problem at that path alone.
import assert from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {lstatSync} from 'node:fs'
import {concurrently, type Job} from '../e2e/support/concurrent.js'
import {type Dir, day} from '../e2e/support/dir.js'
import {Pair} from '../e2e/support/pair.js'
import {countsOf, noCounts} from '../e2e/support/result.js'
import {exfat, noExfat, unmount} from '../faults/support/mounts.js'

/** Alpha's disk keeps all, beta's is FAT. `again`: the volume is taken out and put in again. */
interface Sides {
	readonly pair: Pair
	readonly full: Dir
	readonly fat: Dir
	readonly again: () => Promise<void>
}

const job = (name: string, run: (sides: Sides) => Promise<void>): Job => ({
	name,
	skip: noExfat,
	run: async () => {
		const pair = new Pair({name: 'fat'})
		const folder = pair.beta.dir.path
		const device = exfat(folder, 64)
		try {
			const again = async (): Promise<void> => {
				await pair.close()
				device.remount()
				await pair.serve()
			}
			await pair.serve()
			await pair.during(() => run({pair, full: pair.alpha.dir, fat: pair.beta.dir, again}))
		} finally {
			unmount(folder)
		}
	},
})

const modeOf = (dir: Dir, path: string): string => (lstatSync(dir.at(path)).mode & 0o777).toString(8)

describe('folding: FAT', () => {
	concurrently([
		job('edited, renamed or touched there, a file keeps the mode that it has at the other side', async (sides) => {
			const {pair, full, fat} = sides
			for (const name of ['key', 'same length', 'renamed', 'touched', 'script'])
				full.write(`d/${name}`, `content of ${name}`, day(1)).chmod(`d/${name}`, name === 'script' ? 0o755 : 0o600)
			full.chmod('d', 0o700)
			await pair.alpha.result(['sync'])
			fat.write('d/key', 'another content').write('d/same length', 'CONTENT of same length', day(2))
			fat.mv('d/renamed', 'd/Renamed').touch('d/touched', day(3)).write('d/script', 'edited')
			const {renamed, problems} = await pair.alpha.result(['sync'])
			assert.deepEqual(problems, [])
			assert.equal(renamed, 1)
			for (const name of ['key', 'same length', 'Renamed', 'touched'])
				assert.equal(modeOf(full, `d/${name}`), '600', name)
			assert.equal(modeOf(full, 'd/script'), '755')
			assert.equal(modeOf(full, 'd'), '700')
			assert.deepEqual(full.tree, fat.tree)
			assert.deepEqual(countsOf(await pair.alpha.result(['sync'])), noCounts)
		}),
		job('what is new there has ordinary modes at the other side', async ({pair, full, fat}) => {
			fat.write('new/file', 'new').write('new/empty', '')
			await pair.alpha.result(['sync'])
			assert.deepEqual(
				['new', 'new/file', 'new/empty'].map((path) => modeOf(full, path)),
				['755', '644', '644'],
			)
		}),
		job(
			'times between its steps and modes that it cannot keep come to rest, also after it was taken out',
			async (sides) => {
				const {pair, full, fat, again} = sides
				for (let i = 0; i < 5; i++) full.write(`f${i}`, `content ${i}`, day(1) + i * 0.3).chmod(`f${i}`, 0o600 + i)
				await pair.alpha.result(['sync'])
				const before = full.replica
				assert.deepEqual(countsOf(await pair.alpha.result(['sync'])), noCounts)
				await again()
				assert.deepEqual(countsOf(await pair.alpha.result(['sync'])), noCounts)
				assert.deepEqual(full.replica, before)
				assert.deepEqual(fat.tree, full.tree)
			},
		),
		job('files come, are replaced, moved and removed without hard links, large ones too', async ({pair, full, fat}) => {
			full.write('small', 'small', day(1)).write('large', randomBytes(3_000_000), day(1)).write('gone', 'gone', day(1))
			full
				.write('folder/a', 'a', day(1))
				.write('folder/b', 'b', day(1))
				.write('twin 1', 'twins')
				.write('twin 2', 'twins')
			await pair.alpha.result(['sync'])
			assert.deepEqual(fat.tree, full.tree)
			full.write('small', 'small, edited', day(2)).write('large', randomBytes(3_000_001), day(2)).rm('gone')
			full.mv('folder', 'moved').mv('twin 1', 'twin 3')
			const {problems, renamed} = await pair.alpha.result(['sync'])
			assert.deepEqual(problems, [])
			assert.equal(renamed, 4)
			assert.deepEqual(fat.tree, full.tree)
			fat.write('small', 'edited on the card', day(3))
			full.write('small', 'and here', day(4))
			const {conflicts} = await pair.alpha.result(['sync'])
			assert.equal(conflicts.length, 1)
			assert.deepEqual(fat.tree, full.tree)
			assert.deepEqual(countsOf(await pair.alpha.result(['sync'])), noCounts)
		}),
		job('a link is a problem there, the others come', async ({pair, full, fat}) => {
			full
				.write('file', 'file', day(1))
				.link('link', 'file')
				.write('folder/file', 'file', day(1))
				.link('folder/link', '..')
			for (let i = 0; i < 2; i++) {
				const {problems} = await pair.alpha.result(['sync'], 1)
				assert.deepEqual(problems.map(({path, side}) => `${side} ${path}`).sort(), [
					'remote folder/link',
					'remote link',
				])
				for (const {message} of problems) assert.match(message, /this disk keeps no symbolic links/)
				assert.deepEqual(fat.tree, {file: 'file', 'folder/': '', 'folder/file': 'file'})
			}
			assert.equal(full.tree.link, '-> file')
		}),
	])
})
