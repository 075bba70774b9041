import assert from 'node:assert/strict'
import {chmod, cp, mkdir, readdir, readFile, rm, stat, truncate, writeFile} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {ClassicLevel} from 'classic-level'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {Index} from '../../src/lib/index/index.js'
import {crc32, crc32Plain, seal} from '../../src/lib/index/store/checks.js'
import {collect, failsWith, openIn, rel, series, withFolder} from './fixtures.js'

/** Batches of `make`; each adds 500 records. */
const batches = 24
const perBatch = 500

/** An index with tables (it was opened anew) and a log. */
async function make(dir: string): Promise<void> {
	for (let part = 0; part < 2; part++) {
		const index = await openIn(dir)
		for (let i = 0; i < batches / 2; i++)
			await index.write({records: series(index, perBatch, `${part}${String(i).padStart(2, '0')}/`)}, {sync: false})
		await index.close()
	}
}

/** Changes the value under a key by going around the index. */
async function tamper(
	dir: string,
	key: string,
	change: (value: string | undefined) => string | undefined,
): Promise<void> {
	const level = new ClassicLevel<string, string>(join(dir, 'db'))
	const value = change(await level.get(key))
	await (value === undefined ? level.del(key) : level.put(key, value))
	await level.close()
}

const names = async (dir: string, pattern: RegExp): Promise<string[]> =>
	(await readdir(join(dir, 'db'))).filter((name) => pattern.test(name)).map((name) => join(dir, 'db', name))

const damagedError = failsWith('INDEX_DAMAGED')

/** Whole batches from the first on, or INDEX_DAMAGED naming the folder. Returns which. */
async function openOrDamaged(dir: string): Promise<'opened' | 'damaged'> {
	let index: Index | undefined
	try {
		index = await openIn(dir)
		const records = await collect(index.all())
		assert.equal(records.length % perBatch, 0)
		assert.ok(records.every(({path}) => Number(path.slice(1, 3)) < batches / 2))
		const prefixes = [...new Set(records.map(({path}) => path.slice(0, 3)))]
		const first = Array.from(
			{length: batches},
			(_, i) => `${Math.floor(i / (batches / 2))}${String(i % (batches / 2)).padStart(2, '0')}`,
		)
		assert.deepEqual(prefixes, first.slice(0, prefixes.length), 'a batch is missing in the middle')
		assert.equal(index.counts.files, records.length)
		return 'opened'
	} catch (error) {
		damagedError(error)
		assert.ok(error instanceof FileSyncError && error.message.includes(dir))
		assert.ok(error.advice.join().includes('--first-sync'))
		return 'damaged'
	} finally {
		await index?.close()
	}
}

describe('index: damage', function () {
	this.timeout(120_000)

	const rows: readonly [name: string, harm: (dir: string) => Promise<void>, expected: 'opened' | 'damaged'][] = [
		['nothing wrong', async () => undefined, 'opened'],
		['CURRENT missing', (dir) => rm(join(dir, 'db', 'CURRENT')), 'damaged'],
		['CURRENT empty', (dir) => writeFile(join(dir, 'db', 'CURRENT'), ''), 'damaged'],
		['CURRENT names no manifest', (dir) => writeFile(join(dir, 'db', 'CURRENT'), 'MANIFEST-999999\n'), 'damaged'],
		['manifest truncated', async (dir) => truncate((await names(dir, /^MANIFEST/))[0] ?? '', 9), 'damaged'],
		['table missing', async (dir) => rm((await names(dir, /\.ldb$/))[0] ?? ''), 'damaged'],
		['table truncated', async (dir) => truncate((await names(dir, /\.ldb$/))[0] ?? '', 1000), 'damaged'],
		[
			'all but the lock gone',
			async (dir) => {
				for (const path of await names(dir, /^[^L]/)) await rm(path)
			},
			'opened',
		],
		[
			'log truncated',
			async (dir) => {
				// There are two while a table is being written.
				const log = (await names(dir, /\.log$/)).sort().at(-1) ?? ''
				await truncate(log, Math.floor((await stat(log)).size / 2))
			},
			'opened',
		],
		['format gone', (dir) => tamper(dir, 'format', () => undefined), 'damaged'],
		['format flipped', (dir) => tamper(dir, 'format', (v) => v?.replace(/.$/, '9')), 'damaged'],
		['state gone', (dir) => tamper(dir, 'm', () => undefined), 'damaged'],
		['state flipped', (dir) => tamper(dir, 'm', (v) => v?.replace('[', '{')), 'damaged'],
		['state is not what it should be', (dir) => tamper(dir, 'm', () => seal('[1,2]')), 'damaged'],
		['directory entry gone', (dir) => tamper(dir, 'd00000001', () => undefined), 'damaged'],
		['directory entry changed', (dir) => tamper(dir, 'd00000001', (v) => v?.replace('0', '1')), 'damaged'],
		[
			'agreement from nowhere',
			(dir) => tamper(dir, 'aaaaaaaaaaaaa', () => '[1,[1,"t",1,1,["",""],[]],null]'),
			'damaged',
		],
		['run gone', (dir) => tamper(dir, 'r00000001', () => undefined), 'damaged'],
		[
			'run flipped',
			(dir) => tamper(dir, 'r00000001', (v) => v?.replace('644', '645').replace('420', '421')),
			'damaged',
		],
	]
	for (const [name, harm, expected] of rows)
		it(`${name}: ${expected}`, () =>
			withFolder(async (dir) => {
				await make(dir)
				await harm(dir)
				assert.equal(await openOrDamaged(dir), expected)
			}))

	it('a flipped byte anywhere in any file: whole batches, or a clear error', () =>
		withFolder(async (dir) => {
			await make(dir)
			const outcomes = {opened: 0, damaged: 0}
			let seed = 1
			const next = (below: number): number => {
				seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
				return Math.floor((seed / 2 ** 32) * below)
			}
			for (const path of await names(dir, /^(CURRENT|MANIFEST|.*\.ldb|.*\.log)/)) {
				for (let round = 0; round < 12; round++) {
					const copy = join(dirname(dir), `copy-${round}`)
					await cp(dir, copy, {recursive: true})
					const target = join(copy, 'db', basename(path))
					const bytes = await readFile(target)
					// Half of them near the end, where a table keeps its index and its footer.
					const at = round % 2 === 0 ? next(bytes.length) : bytes.length - 1 - next(Math.min(bytes.length, 400))
					bytes[at] = (bytes[at] ?? 0) ^ (1 << next(8))
					await writeFile(target, bytes)
					outcomes[await openOrDamaged(copy)]++
					await rm(copy, {recursive: true})
				}
			}
			assert.ok(outcomes.damaged > 0)
		}))

	it('a newer format is refused with both versions, an unknown older one as damaged', () =>
		withFolder(async (dir) => {
			await make(dir)
			await tamper(dir, 'format', () => seal('7'))
			await assert.rejects(openIn(dir), failsWith('INDEX_NEWER', dir, 'format 7', 'format 2'))
			await tamper(dir, 'format', () => seal('0'))
			await assert.rejects(openIn(dir), failsWith('INDEX_DAMAGED', dir, 'format 0'))
			await tamper(dir, 'format', () => seal('1'))
			assert.equal(await openOrDamaged(dir), 'opened')
		}))

	it('destroy moves it aside, keeps one, and the next open begins afresh', () =>
		withFolder(async (dir) => {
			assert.equal(await Index.destroy(dir), undefined)
			for (const turn of [1, 2, 3]) {
				await make(dir)
				await writeFile(join(dir, 'db', 'CURRENT'), '')
				await assert.rejects(openIn(dir), damagedError)
				assert.equal(await Index.destroy(dir), `${dir}.damaged-${turn}`)
				assert.deepEqual(await readdir(dirname(dir)), [`index.damaged-${turn}`])
			}
			const index = await openIn(dir)
			assert.equal(index.isNew, true)
			assert.equal(await index.get(rel('000/000000')), undefined)
			await index.close()
		}))

	it('a folder that cannot be used is STATE_UNUSABLE', async function () {
		if (process.platform === 'win32') this.skip()
		await withFolder(async (dir) => {
			await mkdir(dirname(dir))
			await writeFile(dir, '')
			await assert.rejects(openIn(dir), failsWith('STATE_UNUSABLE', dir, 'EEXIST'))
			await assert.rejects(openIn(join(dir, 'below')), failsWith('STATE_UNUSABLE', dir, 'ENOTDIR'))
			await rm(dir)
			await make(dir)
			const lock = join(dir, 'db', 'LOCK')
			await rm(lock)
			await mkdir(lock)
			await assert.rejects(openIn(dir), failsWith('STATE_UNUSABLE', dir))
			await rm(lock, {recursive: true})
			if (process.getuid?.() === 0) return
			await chmod(join(dir, 'db'), 0o500)
			await assert.rejects(openIn(dir), failsWith('STATE_UNUSABLE', dir, 'EACCES'))
			await chmod(join(dir, 'db'), 0o700)
		})
	})

	it('has the same CRC with and without zlib', () => {
		for (const text of ['', 'a', '123456789', 'ü😀'.repeat(999)]) assert.equal(crc32Plain(text), crc32(text))
		assert.equal(crc32Plain('123456789'), 0xcbf43926)
	})
})
