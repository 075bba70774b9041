// A conflict's loser is sent while this very round moves it to the name of its conflict copy: it is found under either name,
// and nothing else is taken for it.
import {deepEqual, equal} from 'node:assert/strict'
import {linkSync, lstatSync, renameSync, unlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setStamp, stampWidth} from '../../src/lib/core/entries/stamp-columns.js'
import {joinNames, type RelPath} from '../../src/lib/core/paths.js'
import {closeFile, openFile, type ReadItem, readPack, readPiece} from '../../src/lib/tree/read/contents.js'
import {rel} from '../core/model/disk.js'
import {makeTemp, removeTemp} from './support/temp.js'

const [name, copy] = [rel('a'), rel('a.sync-conflict-20260102-030405-phone')]

describe('engine: a content that is kept as a conflict copy while it is read', () => {
	let root = ''
	beforeEach(() => {
		root = makeTemp()
		writeFileSync(join(root, name), 'loser')
	})
	afterEach(() => removeTemp(root))

	const at = (path: RelPath): string => join(root, path)
	const item = (keptAs: RelPath | null): ReadItem => {
		const {size, mtimeMs, ctimeMs, ino, mode} = lstatSync(at(name))
		return {id: 1, path: name, disk: {size, mtimeMs, ctimeMs, ino, mode: mode & 0o777}, keptAs}
	}
	/** As the writing worker does it: a second name, then the first goes to the winner. */
	const keep = (): void => {
		linkSync(at(name), at(copy))
		writeFileSync(at(rel('new')), 'other')
		renameSync(at(rel('new')), at(name))
	}
	const packed = (read: ReadItem): string => {
		const stamps = new Float64Array(stampWidth)
		setStamp(stamps, 0, read.disk)
		const keptAs = new Map(read.keptAs === null ? [] : [[0, read.keptAs] as const])
		const {value} = readPack({root, order: {paths: joinNames([read.path]), stamps, keptAs}})
		const [, fault] = value.faults[0] ?? []
		return fault?.code ?? Buffer.from(value.buffer, 0, value.used).toString()
	}

	it('is read under its old name while it has both', () => {
		const read = item(copy)
		linkSync(at(name), at(copy))
		equal(packed(read), 'loser')
	})
	it('is read under its new name when the winner stands under the old one', () => {
		const read = item(copy)
		keep()
		equal(packed(read), 'loser')
	})
	it('is read under its new name when the old one is gone', () => {
		const read = item(copy)
		linkSync(at(name), at(copy))
		unlinkSync(at(name))
		equal(packed(read), 'loser')
	})
	it('is not what somebody else put under either name', () => {
		const read = item(copy)
		keep()
		unlinkSync(at(copy))
		writeFileSync(at(copy), 'alien')
		equal(packed(read), 'CHANGED')
	})
	it('is not sent when it was edited meanwhile', () => {
		const read = item(copy)
		writeFileSync(at(name), 'edited')
		keep()
		equal(packed(read), 'CHANGED')
	})
	it('without a conflict nothing but the file itself is read', () => {
		const read = item(null)
		keep()
		equal(packed(read), 'CHANGED')
	})
	it('is read on in pieces when it moves in between', () => {
		equal(openFile({root, item: item(copy)}), null)
		const pieces: string[] = []
		for (let i = 0; i < 5; i++) {
			const {value} = readPiece({id: 1, bytes: 2})
			if (value.kind === 'fault') pieces.push(value.fault.code)
			else pieces.push(Buffer.from(value.buffer).toString())
			if (i === 0) keep()
			if (value.kind !== 'piece') break
		}
		closeFile({id: 1})
		deepEqual(pieces, ['lo', 'se', 'r'])
	})
})
