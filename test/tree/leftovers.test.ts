// FileSync's own files on a disk that fails: what cannot be made or removed stops no sync.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import {join} from 'node:path'
import {clearLeftovers, hasProbe, makeProbe, removeProbe, writeMarker} from '../../src/lib/tree/marker.js'
import {beginApply} from '../../src/lib/tree/write/context.js'
import {Staging} from '../../src/lib/tree/write/staging.js'
import {removeTrashSessions, trashSessions} from '../../src/lib/tree/write/trash.js'
import {failing, put} from './somebody.js'
import {plant, withTemp} from './temp.js'

const nonce = '0123456789abcdef'
const look = {mtime: 1_600_000_000_000_000, mode: 0o644}

describe('tree: own files on a disk that fails', () => {
	for (const code of ['EROFS', 'EIO', 'ENOSPC', 'EMFILE', 'EACCES'])
		it(`a probe that cannot be made, found or removed (${code}) is no error`, () =>
			withTemp((root) => {
				writeMarker(root, 'id')
				failing([['openSync', code, (path = '') => path.includes('probe-')]], () => makeProbe(root, nonce))
				assert.equal(hasProbe(root, nonce), false)
				makeProbe(root, nonce)
				assert.equal(hasProbe(root, nonce), true)
				failing([['lstatSync', code, (path = '') => path.includes('probe-')]], () =>
					assert.equal(hasProbe(root, nonce), false),
				)
				removeProbe(root, nonce)
				assert.equal(hasProbe(root, nonce), false)
			}))

	it('leftovers go, what is in use stays', () =>
		withTemp((root) => {
			writeMarker(root, 'id')
			plant(root, {
				'.filesync/probe-0123456789abcdef': '',
				'.filesync/probe-modes': '',
				'.filesync/root.json.0123456789ab': '{',
				'.filesync/watch/4711-1': '',
				'.filesync/trash/20200102-030405/f': 'kept',
				'.filesync/probes': '',
				'probe-0123456789abcdef': "a user's own",
			})
			clearLeftovers(root)
			assert.deepEqual(fs.readdirSync(join(root, '.filesync')).sort(), ['probes', 'root.json', 'trash', 'watch'])
			assert.deepEqual(fs.readdirSync(join(root, '.filesync/watch')), [])
			assert.ok(fs.existsSync(join(root, 'probe-0123456789abcdef')))
		}))

	it('a watch folder that is a link is not followed', () =>
		withTemp((root) => {
			writeMarker(root, 'id')
			plant(root, {'mine/f': 'x'})
			fs.symlinkSync(join(root, 'mine'), join(root, '.filesync/watch'))
			clearLeftovers(root)
			assert.ok(fs.existsSync(join(root, 'mine/f')))
		}))

	it('a staged file that can be neither written nor removed is told by the reason it could not be written', () =>
		withTemp((root) => {
			const staging = new Staging(root)
			staging.prepare()
			failing(
				[
					['closeSync', 'ENOSPC', () => true],
					['unlinkSync', 'EIO', () => true],
				],
				() => {
					const stage = staging.open()
					assert.doesNotThrow(() => staging.abandon(stage))
				},
			)
			const name = staging.write(Buffer.from('x'), look)
			failing([['unlinkSync', 'EIO', () => true]], () => staging.discard(name))
			assert.ok(fs.existsSync(name))
			new Staging(root).prepare()
			assert.ok(!fs.existsSync(name), 'the next run removes it')
		}))

	it('where staging cannot be made, each path that needs it is a problem', () =>
		withTemp((root) => {
			failing([['mkdirSync', 'EROFS', (path = '') => path.includes('.filesync')]], () =>
				beginApply({root, trashSession: '20260102-030405'}),
			)
			const [result] = put(null)
			assert.equal(result?.fault?.code, 'EROFS')
			beginApply({root, trashSession: '20260102-030405'})
			const [again] = put(null)
			assert.equal(again?.fault, null)
		}))

	it('the trash: what is to go goes, the rest stays, and what is no run is none', () =>
		withTemp(async (root) => {
			plant(root, {
				'.filesync/trash/20200102-030405/f': '',
				'.filesync/trash/20200102-030405.2/f': '',
				'.filesync/trash/20990102-030405/f': '',
				'.filesync/trash/mine/f': '',
			})
			const runs = await trashSessions(root)
			assert.deepEqual(runs, ['20200102-030405', '20200102-030405.2', '20990102-030405'])
			assert.deepEqual(await removeTrashSessions(root, runs.slice(0, 2)), [])
			assert.deepEqual(fs.readdirSync(join(root, '.filesync/trash')).sort(), ['20990102-030405', 'mine'])
		}))
})
