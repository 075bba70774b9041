// What a sync puts has what it would have if it had been made in place: a setgid folder's group, a folder's default ACL, and of a file
// that it replaces the owner, group and ACL. Compared with what a program that writes there gets.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {
	chmodSync,
	chownSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs'
import {dirname, join} from 'node:path'
import {stampAt} from '../../src/lib/tree/disk/stat.js'
import type {FileTask, Occupant} from '../../src/lib/tree/tasks.js'
import {finishFolders, makeFolders, makeRest, setMeta, stageLinks} from '../../src/lib/tree/write/apply.js'
import {appendStage, finishStage, openStage} from '../../src/lib/tree/write/apply-large.js'
import {beginApply} from '../../src/lib/tree/write/context.js'
import {readyPacks} from '../../src/lib/tree/write/publish.js'
import {hashOf} from '../../src/lib/tree/write/staging.js'
import {packed, published, rel} from './somebody.js'
import {plant, withTemp} from './temp.js'

const group = 4711
const owner = 4712
const mode = 0o640

function call(command: string, ...args: readonly string[]): string {
	const {status, stdout, stderr, error} = spawnSync(command, args, {encoding: 'utf8'})
	if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`)
	return stdout
}

/** Owner, group, mode and ACLs as text, without the name. */
const rights = (at: string): string => {
	const {uid, gid, mode: bits} = lstatSync(at)
	const acl = lstatSync(at).isSymbolicLink() ? '' : call('getfacl', '-n', '-p', '-c', at)
	return `${uid}:${gid} ${bits.toString(8)}\n${acl}`
}

const task = (id: number, path: string, content: string, occupant: Occupant = null): FileTask => ({
	id,
	path: rel(path),
	occupant,
	keepAs: null,
	size: content.length,
	mtime: 1_600_000_000_123_456,
	mode,
	hash: hashOf(Buffer.from(content)),
})
const occupantAt = (at: string): Occupant => ({kind: 'file', disk: stampAt(at)})

function assertDone(results: readonly {readonly fault: unknown}[]): void {
	assert.ok(results.length > 0)
	for (const {fault} of results) assert.equal(fault, null)
}

const put = (...tasks: readonly (readonly [FileTask, string])[]): void => {
	const bytes = Buffer.from(tasks.map(([, content]) => content).join(''))
	assertDone([
		...published(
			packed(
				tasks.map(([one]) => one),
				bytes,
			),
		),
		...published(readyPacks(undefined)),
	])
}

const kinds: Readonly<Record<string, (folder: string) => void>> = {
	'a setgid folder': (folder) => {
		chownSync(folder, 0, group)
		chmodSync(folder, 0o2775)
	},
	'a folder with a default ACL': (folder) => {
		call('setfacl', '-d', '-m', `u:${owner}:rwx,g:${group}:rx`, folder)
	},
	// Modes alone do not show this one.
	'a folder whose default ACL is as narrow as the umask': (folder) => {
		call('setfacl', '-d', '-m', `u::rwx,g::rx,o::rx,u:${owner}:rx,m::rx`, folder)
	},
	'a setgid folder with a default ACL': (folder) => {
		chownSync(folder, 0, group)
		chmodSync(folder, 0o2770)
		call('setfacl', '-d', '-m', `u:${owner}:rw`, folder)
	},
	'an ordinary folder': () => {},
}

describe('tree/inheritance', () => {
	let root = ''
	const inRoot = (body: () => void) => () =>
		withTemp((folder) => {
			root = folder
			beginApply({root, trashSession: null})
			body()
		})
	const at = (path: string): string => join(root, path)
	before(function () {
		if (process.getuid?.() !== 0 || spawnSync('setfacl', ['--version']).status !== 0) this.skip()
	})

	for (const [kind, prepare] of Object.entries(kinds))
		describe(kind, () => {
			const inFolder = (body: () => void) =>
				inRoot(() => {
					mkdirSync(at('team/odd é\n'), {recursive: true})
					for (const folder of ['team', 'team/odd é\n']) prepare(at(folder))
					body()
					for (const folder of ['team', 'team/odd é\n'])
						assert.deepEqual(
							readdirSync(at(folder)).filter((name) => name.startsWith('.')),
							[],
						)
				})

			for (const folder of ['team', 'team/odd é\n'])
				it(
					`gives a new file, a large one and a link in ${JSON.stringify(folder)} what it gives others`,
					inFolder(() => {
						writeFileSync(at(`${folder}/theirs`), 'x', {mode})
						chmodSync(at(`${folder}/theirs`), mode)
						symlinkSync('x', at(`${folder}/their link`))
						put([task(1, `${folder}/small`, 'small'), 'small'])
						assert.equal(openStage({id: 2, path: rel(`${folder}/large`)}), null)
						appendStage({id: 2, bytes: new Uint8Array(Buffer.from('large'))})
						assertDone(published(finishStage({task: task(2, `${folder}/large`, 'large')})))
						const link = {id: 3, path: rel(`${folder}/link`), occupant: null, keepAs: null, target: 'x', mtime: 1}
						assertDone(published(stageLinks({tasks: [link]})))
						for (const name of ['small', 'large'])
							assert.equal(rights(at(`${folder}/${name}`)), rights(at(`${folder}/theirs`)), name)
						assert.equal(rights(at(`${folder}/link`)), rights(at(`${folder}/their link`)))
					}),
				)

			it(
				'gives new folders, with files and without, and what is in them, what it gives others',
				inFolder(() => {
					mkdirSync(at('team/their/deep'), {recursive: true})
					for (const path of ['team/their', 'team/their/deep']) {
						const special = lstatSync(at(path)).mode & 0o7000
						chmodSync(at(path), special | 0o750)
					}
					writeFileSync(at('team/their/deep/f'), 'x', {mode})
					chmodSync(at('team/their/deep/f'), mode)
					const paths = ['team/own', 'team/own/deep', 'team/empty', 'team/far', 'team/far/deep']
					makeFolders({
						tasks: paths.map((path, id) => ({id, path: rel(path), occupant: null, keepAs: null, mode: 0o750})),
					})
					put([task(10, 'team/own/deep/f', 'own'), 'own'])
					assert.equal(openStage({id: 11, path: rel('team/far/deep/f')}), null)
					appendStage({id: 11, bytes: new Uint8Array(Buffer.from('far'))})
					assertDone(published(finishStage({task: task(11, 'team/far/deep/f', 'far')})))
					assertDone(makeRest(undefined))
					assertDone(
						finishFolders({
							tasks: paths.toReversed().map((path, id) => ({id, path: rel(path), mode: 0o750, mtime: null})),
						}),
					)
					for (const path of paths)
						assert.equal(rights(at(path)), rights(at(path.includes('deep') ? 'team/their/deep' : 'team/their')), path)
					for (const path of ['team/own/deep/f', 'team/far/deep/f'])
						assert.equal(rights(at(path)), rights(at('team/their/deep/f')), path)
				}),
			)
		})

	it(
		'a file that is replaced keeps its owner, group and ACL',
		inRoot(() => {
			plant(root, {'d/plain': 'older', 'd/acl': 'older', 'd/large': 'older'})
			for (const name of ['plain', 'acl', 'large']) {
				chownSync(at(`d/${name}`), owner, group)
				chmodSync(at(`d/${name}`), mode)
			}
			for (const name of ['acl', 'large']) call('setfacl', '-m', `u:${group}:r`, at(`d/${name}`))
			const before = ['plain', 'acl', 'large'].map((name) => rights(at(`d/${name}`)))
			put(
				[task(1, 'd/plain', 'newer', occupantAt(at('d/plain'))), 'newer'],
				[task(2, 'd/acl', 'newer', occupantAt(at('d/acl'))), 'newer'],
			)
			assert.equal(openStage({id: 3, path: rel('d/large')}), null)
			appendStage({id: 3, bytes: new Uint8Array(Buffer.from('newer'))})
			assertDone(published(finishStage({task: task(3, 'd/large', 'newer', occupantAt(at('d/large')))})))
			for (const [i, name] of ['plain', 'acl', 'large'].entries()) {
				assert.equal(readFileSync(at(`d/${name}`), 'utf8'), 'newer')
				assert.equal(rights(at(`d/${name}`)), before[i], name)
			}
		}),
	)

	it(
		"a mode from the peer leaves a folder's setgid and sticky bits, and a file's setuid bit",
		inRoot(() => {
			plant(root, {'team/': '', 'bin/tool': 'x'})
			chmodSync(at('team'), 0o3775)
			chmodSync(at('bin/tool'), 0o4755)
			assertDone(finishFolders({tasks: [{id: 1, path: rel('team'), mode: 0o750, mtime: null}]}))
			const tool = {
				id: 2,
				path: rel('bin/tool'),
				occupant: occupantAt(at('bin/tool')),
				keepAs: null,
				kind: 'file' as const,
			}
			assertDone(setMeta({tasks: [{...tool, mtime: 1, mode: 0o700}]}))
			assert.equal(lstatSync(at('team')).mode & 0o7777, 0o3750)
			assert.equal(lstatSync(at('bin/tool')).mode & 0o7777, 0o4700)
		}),
	)

	it(
		'a read-only setgid folder opens for a moment and closes as it was',
		inRoot(() => {
			plant(root, {'team/': ''})
			chmodSync(at('team'), 0o2555)
			put([task(1, 'team/f', 'x'), 'x'])
			assert.equal(lstatSync(dirname(at('team/f'))).mode & 0o7777, 0o2555)
		}),
	)
})
