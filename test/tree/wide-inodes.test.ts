// Inodes of 64 bits, as NTFS and ReFS have them: neighbours are one number to JavaScript and must not be taken for one file. The real
// inodes here are shown with the high bits of such a disk.
import assert from 'node:assert/strict'
import fs, {type BigIntStats, type PathLike, type StatSyncOptions, type Stats} from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'
import {join} from 'node:path'
import {inodeOf, isSameInode, isStill, lookAt} from '../../src/lib/tree/disk/stat.js'
import {beginApply} from '../../src/lib/tree/write/context.js'
import {MovingInodes} from '../../src/lib/tree/write/place.js'
import {long, put, takeFromHere} from './somebody.js'
import {plant, withTemp} from './temp.js'

const high = 1n << 60n

/** Two numbers that differ in their low bits alone become one. */
function withWideInodes(act: () => void): void {
	const real = fs.lstatSync
	/** By the real number: small ones, which a double of this size loses. */
	const given = new Map<bigint, bigint>()
	const wide = (path: PathLike, options: StatSyncOptions = {}): Stats | BigIntStats | undefined => {
		const stats = real(path, {...options, bigint: true})
		if (stats === undefined) return undefined
		if (!given.has(stats.ino)) given.set(stats.ino, BigInt(given.size))
		const ino = high | (given.get(stats.ino) ?? 0n)
		if (options.bigint === true) return Object.assign(stats, {ino})
		return Object.assign(real(path), {ino: Number(ino)})
	}
	Object.assign(fs, {lstatSync: wide})
	syncBuiltinESMExports()
	try {
		act()
	} finally {
		Object.assign(fs, {lstatSync: real})
		syncBuiltinESMExports()
	}
}

describe('tree: inodes wider than a number', () => {
	let root = ''
	const inRoot = (body: () => void) => () =>
		withTemp((folder) => {
			root = folder
			plant(root, {a: 'same size', b: 'SAME SIZE', name: 'other', source: 'newer'})
			for (const name of ['a', 'b', 'name', 'source']) fs.utimesSync(join(root, name), long, long)
			withWideInodes(body)
		})
	const look = (name: string): Stats => lookAt(join(root, name)) ?? assert.fail(name)

	it(
		'neighbours are two files, though their numbers are one',
		inRoot(() => {
			const [a, b] = [look('a'), look('b')]
			assert.equal(a.ino, b.ino)
			assert.notEqual(inodeOf(a), inodeOf(b))
			assert.ok(!isSameInode(a, b))
			assert.ok(!isStill(b, a))
			assert.ok(isStill(look('a'), a))
			const moving = new MovingInodes()
			moving.add(a)
			assert.ok(moving.has(look('a')))
			assert.ok(!moving.has(b))
		}),
	)

	it(
		'a content that moves here takes its new name, and the old one is cleared',
		inRoot(() => {
			beginApply({root, trashSession: null})
			const {size, mtimeMs, ctimeMs, ino, mode} = look('name')
			const [result] = takeFromHere(root, {kind: 'file', disk: {size, mtimeMs, ctimeMs, ino, mode: mode & 0o777}})
			assert.equal(result?.fault, null)
			assert.equal(fs.readFileSync(join(root, 'name'), 'utf8'), 'newer')
			assert.ok(!fs.existsSync(join(root, 'source')))
		}),
	)

	it(
		'a content from the peer is put in place',
		inRoot(() => {
			beginApply({root, trashSession: '20260102-030405'})
			const {size, mtimeMs, ctimeMs, ino, mode} = look('name')
			const [result] = put({kind: 'file', disk: {size, mtimeMs, ctimeMs, ino, mode: mode & 0o777}})
			assert.equal(result?.fault, null)
			assert.equal(fs.readFileSync(join(root, 'name'), 'utf8'), 'newer')
		}),
	)
})
