// A look at what changed alone comes to the same index as a look at everything: random edits, both ways side by side.
import {deepEqual, ok} from 'node:assert/strict'
import {
	chmodSync,
	linkSync,
	lstatSync,
	mkdirSync,
	renameSync,
	rmSync,
	symlinkSync,
	unlinkSync,
	writeFileSync,
} from 'node:fs'
import {dirname, join} from 'node:path'
import fc from 'fast-check'
import {type IndexRecord, isLive} from '../../src/lib/core/entries/entry.js'
import type {RelPath} from '../../src/lib/core/paths.js'
import {Replica} from '../../src/lib/replica/replica.js'
import {rel} from '../core/model/disk.js'
import {makeTemp, removeTemp} from './support/temp.js'

const paths = ['a', 'a!', 'a/b', 'a/b/c', 'a/b/d', 'a0', 'e', 'e/f', 'e/f/g', 'h'].map(rel)
const path = fc.constantFrom(...paths)
const edit = fc.oneof(
	fc.record({do: fc.constant('write' as const), at: path, size: fc.nat(5)}),
	fc.record({do: fc.constant('mkdir' as const), at: path}),
	fc.record({do: fc.constant('link' as const), at: path}),
	fc.record({do: fc.constant('remove' as const), at: path}),
	fc.record({do: fc.constant('chmod' as const), at: path, mode: fc.constantFrom(0o600, 0o700, 0o755)}),
	fc.record({do: fc.constant('rename' as const), at: path, to: path}),
)
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never

const numRuns = Number(process.env['FILESYNC_HISTORIES'] ?? '60')

/** Does it, where that can be done. Returns the paths that a watcher would name. */
function play(root: string, {at, ...what}: Edit): RelPath[] {
	const full = join(root, at)
	try {
		switch (what.do) {
			case 'write':
				writeFileSync(full, 'x'.repeat(what.size))
				return [at]
			case 'mkdir':
				mkdirSync(full)
				return [at]
			case 'link':
				// To where nothing can be written through it.
				symlinkSync('no-such-folder/at-all', full)
				return [at]
			case 'chmod':
				if (lstatSync(full).isSymbolicLink()) return []
				chmodSync(full, what.mode)
				return [at]
			case 'remove':
				if (lstatSync(full).isDirectory()) rmSync(full, {recursive: true})
				else unlinkSync(full)
				return [at]
			case 'rename':
				if (at === what.to || what.to.startsWith(`${at}/`)) return []
				mkdirSync(dirname(join(root, what.to)), {recursive: true})
				renameSync(full, join(root, what.to))
				return [at, what.to]
		}
	} catch {
		// Nothing is there, or something else is: nothing happened. A folder may have been made on the way.
		return paths.filter((other) => what.do === 'rename' && what.to.startsWith(`${other}/`))
	}
}

/** What both indexes must agree on: all but numbers of their own. */
async function shown(replica: Replica): Promise<Map<string, unknown>> {
	const found = new Map<string, unknown>()
	for await (const records of replica.recordsSince(0, []))
		for (const {path, state, disk} of records as readonly IndexRecord[])
			if (isLive(state))
				found.set(path, [
					state.kind,
					state.kind === 'symlink' ? state.target : (disk?.size ?? 0),
					disk?.ino,
					disk?.mode,
				])
	return found
}

/** Does something with a replica of a folder that holds `d/a`, `d/b` and `e`, looked at once. */
async function withReplica(body: (root: string, replica: Replica) => Promise<void>): Promise<void> {
	const home = makeTemp()
	const root = join(home, 'tree')
	mkdirSync(join(root, 'd'), {recursive: true})
	for (const name of ['d/a', 'd/b', 'e']) writeFileSync(join(root, name), name)
	const replica = await Replica.open({
		root,
		indexDir: join(home, 'index'),
		ignore: [],
		trashDays: 0,
		nowMs: Date.now,
		random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
		firstSync: false,
	})
	try {
		await replica.scan(signal)
		await body(root, replica)
	} finally {
		await replica.close()
		removeTemp(home)
	}
}

const {signal} = new AbortController()

describe('engine: a look at what changed', () => {
	it('a tree is looked at with all below it, also where the folder is the same', () =>
		withReplica(async (root, replica) => {
			renameSync(join(root, 'd/a'), join(root, 'd/c'))
			deepEqual((await replica.scanPart([rel('d')], signal))?.changed, 0)
			deepEqual((await replica.scanPart([rel('d')], signal, new Set([rel('d')])))?.changed, 2)
			deepEqual([...(await shown(replica)).keys()], ['d', 'd/b', 'd/c', 'e'])
		}))

	const undecodable = Buffer.concat([Buffer.from('bad-'), Buffer.from([0xff]), Buffer.from('.txt')])
	const canName = process.platform === 'linux'
	;(canName ? it : it.skip)('a name that is not UTF-8 is a problem as soon as it is told of, until it goes', () =>
		withReplica(async (root, replica) => {
			const at = (folder: string) => Buffer.concat([Buffer.from(`${folder}/`), undecodable])
			writeFileSync(at(root), '')
			writeFileSync(at(join(root, 'd')), '')
			const problems = async (...dirty: string[]) =>
				(await replica.scanPart(dirty.map(rel), signal))?.problems.map(({path, code}) => `${path} ${code}`)
			deepEqual(await problems('bad-\ufffd.txt'), ['bad-\\xff.txt EILSEQ'])
			deepEqual(await problems('d/bad-\ufffd.txt'), ['bad-\\xff.txt EILSEQ', 'd/bad-\\xff.txt EILSEQ'])
			renameSync(at(root), join(root, 'good'))
			deepEqual(await problems('bad-\ufffd.txt', 'good'), ['d/bad-\\xff.txt EILSEQ'])
			deepEqual(await problems('e'), ['d/bad-\\xff.txt EILSEQ'])
			unlinkSync(at(join(root, 'd')))
			deepEqual(await problems('d/bad-\ufffd.txt'), [])
		}),
	)

	it('of a file that changed under one of its names only a look at everything tells', () =>
		withReplica(async (root, replica) => {
			linkSync(join(root, 'e'), join(root, 'd/e2'))
			ok((await replica.scan(signal)).changed > 0)
			deepEqual((await replica.scanPart([rel('e')], signal))?.changed, 0)
			writeFileSync(join(root, 'e'), 'other content')
			deepEqual(await replica.scanPart([rel('e')], signal), undefined)
			deepEqual((await replica.scan(signal)).changed, 2)
			deepEqual((await replica.scanPart([rel('e')], signal))?.changed, 0)
		}))

	it('what is as recorded, changed and unclear is told apart', () =>
		withReplica(async (root, replica) => {
			const peeked = async () => {
				const found = new Map<string, string>()
				await replica.peekAt(['d', 'd/a', 'e', 'none'].map(rel), (path, how) => found.set(path, how))
				return Object.fromEntries(found)
			}
			deepEqual(await peeked(), {d: 'same', 'd/a': 'same', e: 'same', none: 'same'})
			writeFileSync(join(root, 'd/a'), 'other')
			writeFileSync(join(root, 'none'), '')
			unlinkSync(join(root, 'e'))
			deepEqual(await peeked(), {d: 'same', 'd/a': 'changed', e: 'changed', none: 'changed'})
		}))

	it(`comes to what a look at everything comes to: ${numRuns} histories`, async function () {
		this.timeout(120_000)
		await fc.assert(
			fc.asyncProperty(fc.array(fc.array(edit, {maxLength: 6}), {minLength: 1, maxLength: 4}), async (rounds) => {
				const home = makeTemp()
				const root = join(home, 'tree')
				mkdirSync(root)
				const open = (name: string) =>
					Replica.open({
						root,
						indexDir: join(home, name),
						ignore: [],
						trashDays: 0,
						nowMs: Date.now,
						random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
						firstSync: false,
					})
				const part = await open('part')
				try {
					await part.scan(signal)
					for (const edits of rounds) {
						const dirty = new Set(edits.flatMap((one) => play(root, one)))
						// What a rename made on its way is named, too.
						for (const at of [...dirty]) for (const other of paths) if (at.startsWith(`${other}/`)) dirty.add(other)
						ok((await part.scanPart([...dirty], signal)) !== undefined)
						const seen = await shown(part)
						await part.scan(signal)
						deepEqual(seen, await shown(part))
					}
				} finally {
					await part.close()
					removeTemp(home)
				}
			}),
			{numRuns},
		)
	})
})
