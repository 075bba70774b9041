// The state lost, damaged, old or copied; the folder restored, moved or reached by another way. Nothing is ever deleted by it.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {
	closeSync,
	openSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
	writeSync,
} from 'node:fs'
import {join} from 'node:path'
import {concurrently, type Job} from '../e2e/support/concurrent.js'
import type {Dir} from '../e2e/support/dir.js'
import {type Device, Pair} from '../e2e/support/pair.js'
import {told} from '../e2e/support/program.js'
import {assertNothing, parseError, type SyncResult} from '../e2e/support/result.js'

/** As a backup does: with modes, times and links. */
function copy(from: string, to: string): void {
	const {status, stderr} = spawnSync('cp', ['-a', from, to], {encoding: 'utf8'})
	assert.equal(status, 0, stderr)
}

const restore = (from: string, to: string): void => {
	rmSync(to, {recursive: true})
	copy(from, to)
}

function past(dir: Dir): void {
	for (let i = 0; i < 8; i++) dir.write(`kept/${i}.txt`, `kept ${i}`)
	dir.write('gone-early.txt', 'gone early').write('gone-late.txt', 'gone late').write('edited.txt', 'first')
}

/** Two more syncs' worth of edits on both sides. */
async function live(pair: Pair): Promise<void> {
	const {alpha, beta} = pair
	alpha.dir.rm('gone-early.txt').write('new-alpha.txt', 'new at alpha').write('edited.txt', 'second')
	beta.dir.write('new-beta.txt', 'new at beta')
	await alpha.result(['sync'])
	alpha.dir.write('edited.txt', 'third, longer')
	beta.dir.rm('gone-late.txt').write('later-beta.txt', 'later at beta')
	await alpha.result(['sync'])
	alpha.dir.write('last.txt', 'last')
	await alpha.result(['sync'])
}

/** Files of a LevelDB that hold records. */
function tables(device: Device): string[] {
	const found: string[] = []
	const walk = (folder: string): void => {
		for (const entry of readdirSync(folder, {withFileTypes: true})) {
			const full = join(folder, entry.name)
			if (entry.isDirectory()) walk(full)
			else if (/\.(log|ldb|sst)$/.test(entry.name) && statSync(full).size > 200) found.push(full)
		}
	}
	walk(device.stateDir)
	return found
}

interface Row {
	readonly name: string
	readonly settings?: object
	/** Between the past and the sync. */
	readonly harm: (pair: Pair, backup: string) => void | Promise<void>
	/** Taken after the first sync of the past: of alpha's state, of both, of alpha's folder too. */
	readonly backup?: (pair: Pair, to: string) => void
	readonly live?: boolean
	/** What the next sync says; 0 unless it stops. Then `cure` runs. */
	readonly code?: number
	readonly error?: string
	readonly cure?: readonly string[]
	readonly check?: (pair: Pair, result: SyncResult) => void
	/** Deleted before the harm; a state that forgot that may bring them back, never more. */
	readonly back?: readonly string[]
}

const job = (row: Row): Job => ({
	name: row.name,
	async run() {
		const pair = new Pair({name: 'state', settings: {max_delete_percent: 100, ...row.settings}})
		past(pair.alpha.dir)
		const port = await pair.serve()
		await pair.alpha.result(['sync'])
		const backup = join(pair.home, 'backup')
		row.backup?.(pair, backup)
		if (row.live !== false) await live(pair)
		await pair.close()
		await row.harm(pair, backup)
		const before = {alpha: pair.alpha.dir.tree, beta: pair.beta.dir.tree}
		await pair.serve(pair.beta, port)
		let outcome = await pair.alpha.run('sync', '--json')
		if (outcome.signal === 'SIGABRT' && /leveldb.*Assertion/.test(outcome.stderr)) {
			// LevelDB ends the program where it trusts what it read: what the troubleshooting says then is done.
			assert.deepEqual(pair.beta.dir.tree, before.beta, 'an abort changes nothing')
			renameSync(pair.alpha.stateDir, `${pair.alpha.stateDir}.damaged`)
			assert.equal((await pair.alpha.run('sync', '--json')).code, 0)
			pair.assertSame()
			await pair.close()
			return
		}
		assert.equal(outcome.code, row.code ?? 0, told(outcome))
		if (row.error !== undefined) assert.equal(parseError(outcome.stdout).code, row.error)
		if (row.cure !== undefined) {
			assert.deepEqual(pair.beta.dir.tree, before.beta, 'a stop changes nothing')
			outcome = await pair.alpha.run('sync', '--json', ...row.cure)
			assert.equal(outcome.code, 0, told(outcome))
		}
		if (outcome.code === 0) {
			pair.assertSame()
			const now = pair.beta.dir.tree
			for (const side of [before.alpha, before.beta])
				for (const [path, content] of Object.entries(side)) {
					const values = Object.entries(now)
					assert.ok(
						content === '' ? path in now : values.some(([, held]) => held === content),
						`"${path}" (${content}) is lost; ${JSON.stringify(now, null, 1)}`,
					)
				}
			const extra = Object.keys(now).filter((path) => !(path in before.beta) && !(path in before.alpha))
			assert.deepEqual(
				extra.filter((path) => !path.includes('.sync-conflict-')),
				[],
			)
			for (const path of ['gone-early.txt', 'gone-late.txt'])
				if (row.back?.includes(path) !== true) assert.equal(path in now, false, `${path} came back`)
			const again = await pair.alpha.result(['sync'])
			assertNothing(again)
			row.check?.(pair, again)
		}
		await pair.close()
	},
})

const flip = (file: string, at: number): void => {
	const bytes = readFileSync(file)
	const fd = openSync(file, 'r+')
	writeSync(fd, Buffer.from([(bytes[at] ?? 0) ^ 0x10]), 0, 1, at)
	closeSync(fd)
}

const stateOf = (pair: Pair): string => pair.alpha.stateDir

describe('state and folder', function () {
	this.timeout(120_000)
	concurrently(
		[
			{name: "alpha's state lost", harm: (pair: Pair) => pair.alpha.forget()},
			{name: "beta's state lost", harm: (pair: Pair) => pair.beta.forget()},
			{
				name: 'both states lost',
				harm: (pair: Pair) => {
					pair.alpha.forget()
					pair.beta.forget()
				},
			},
			{
				name: 'both states lost, and a file edited since',
				harm: (pair: Pair) => {
					pair.alpha.forget()
					pair.beta.forget()
					pair.alpha.dir.write('edited.txt', 'fourth')
				},
			},
			{
				name: "alpha's state from an old backup",
				backup: (pair: Pair, to: string) => copy(stateOf(pair), to),
				harm: (pair: Pair, backup: string) => restore(backup, stateOf(pair)),
			},
			{
				name: "alpha's state from an old backup, and edits since on both sides",
				backup: (pair: Pair, to: string) => copy(stateOf(pair), to),
				harm: (pair: Pair, backup: string) => {
					restore(backup, stateOf(pair))
					pair.alpha.dir.write('edited.txt', 'at alpha after the restore')
					pair.beta.dir.write('kept/3.txt', 'at beta after the restore').write('fresh.txt', 'fresh')
				},
			},
			{
				name: "beta's state from an old backup",
				backup: (pair: Pair, to: string) => copy(pair.beta.stateDir, to),
				harm: (pair: Pair, backup: string) => restore(backup, pair.beta.stateDir),
			},
			{
				name: "alpha's state from a backup of one sync ago",
				live: false,
				backup: (pair: Pair, to: string) => copy(stateOf(pair), to),
				harm: async (pair: Pair, backup: string) => {
					await pair.serve()
					pair.alpha.dir.rm('gone-early.txt').write('new-alpha.txt', 'new at alpha')
					pair.beta.dir.rm('gone-late.txt').write('new-beta.txt', 'new at beta')
					await pair.alpha.result(['sync'])
					await pair.close()
					restore(backup, stateOf(pair))
				},
			},
			{
				name: 'both states from backups of different times',
				backup: (pair: Pair, to: string) => copy(pair.beta.stateDir, to),
				harm: async (pair: Pair, backup: string) => {
					const newer = join(pair.home, 'newer')
					copy(stateOf(pair), newer)
					await pair.serve()
					pair.alpha.dir.write('after.txt', 'after')
					await pair.alpha.result(['sync'])
					await pair.close()
					restore(newer, stateOf(pair))
					restore(backup, pair.beta.stateDir)
				},
			},
			{
				name: 'folder and state of alpha from one old backup (cp): not the same folder by its marker',
				backup: (pair: Pair, to: string) => {
					copy(stateOf(pair), `${to}-state`)
					copy(pair.alpha.dir.path, to)
				},
				harm: (pair: Pair, backup: string) => {
					restore(`${backup}-state`, stateOf(pair))
					restore(backup, pair.alpha.dir.path)
				},
				code: 5,
				error: 'ROOT_REPLACED',
				cure: ['--first-sync'],
				back: ['gone-early.txt', 'gone-late.txt'],
			},
			{
				name: "alpha's folder from an old backup (cp): stops",
				backup: (pair: Pair, to: string) => copy(pair.alpha.dir.path, to),
				harm: (pair: Pair, backup: string) => restore(backup, pair.alpha.dir.path),
				code: 5,
				error: 'ROOT_REPLACED',
				cure: ['--first-sync'],
				back: ['gone-early.txt', 'gone-late.txt'],
			},
			{
				name: "alpha's folder emptied: stops",
				harm: (pair: Pair) => {
					for (const name of readdirSync(pair.alpha.dir.path)) pair.alpha.dir.rm(name)
				},
				code: 5,
				error: 'ROOT_REPLACED',
				cure: ['--first-sync'],
			},
			{
				name: "alpha's folder moved: united at its new place",
				harm: (pair: Pair) => {
					const moved = join(pair.home, 'moved')
					renameSync(pair.alpha.dir.path, moved)
					symlinkSync(moved, pair.alpha.dir.path)
				},
			},
			{
				name: "alpha's folder reached through a link: the same folder",
				harm: (pair: Pair) => {
					const link = join(pair.home, 'link')
					symlinkSync(pair.alpha.dir.path, link)
					pair.alpha.configure({local_dir: link})
				},
			},
			{
				name: 'a log of the index cut in half',
				harm: (pair: Pair) => {
					for (const file of tables(pair.alpha)) truncateSync(file, Math.floor(statSync(file).size / 2))
				},
				code: 5,
				error: 'INDEX_DAMAGED',
				cure: ['--first-sync'],
			},
			{
				// All over: one byte alone may lie in a row that a later one replaced, and nobody reads it.
				name: 'bytes of the index flipped',
				harm: (pair: Pair) => {
					for (const file of tables(pair.alpha)) for (let at = 50; at < statSync(file).size; at += 97) flip(file, at)
				},
				code: 5,
				error: 'INDEX_DAMAGED',
				cure: ['--first-sync'],
			},
			{
				name: 'CURRENT of the index missing',
				harm: (pair: Pair) => {
					const [file = ''] = tables(pair.alpha)
					rmSync(join(file, '..', 'CURRENT'))
				},
				code: 5,
				error: 'INDEX_DAMAGED',
				cure: ['--first-sync'],
			},
			{
				name: 'every file of the index empty',
				harm: (pair: Pair) => {
					const [file = ''] = tables(pair.alpha)
					for (const name of readdirSync(join(file, '..'))) writeFileSync(join(file, '..', name), '')
				},
				code: 5,
				error: 'INDEX_DAMAGED',
				cure: ['--first-sync'],
			},
		].map(job),
	)
})
