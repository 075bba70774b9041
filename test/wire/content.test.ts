// Frames that carry contents: what one side encodes the other decodes, at any place in the memory that it came in.
import {deepEqual, equal, notEqual} from 'node:assert/strict'
import {createHash} from 'node:crypto'
import {hashAt} from '../../src/lib/core/entries/batch.js'
import {faultRow, type PackRows} from '../../src/lib/core/entries/pack-rows.js'
import {decodePack, encodePack} from '../../src/lib/wire/content.js'

const sha = (text: string): Buffer => createHash('sha256').update(text).digest()

/** As it comes in: at an odd place of a larger buffer. */
function sent(rows: PackRows, contents: string): ReturnType<typeof decodePack> {
	const body = Buffer.concat(encodePack(rows, Buffer.from(contents)))
	const chunk = Buffer.concat([Buffer.alloc(3), body, Buffer.alloc(5)])
	return decodePack(chunk.subarray(3, 3 + body.length))
}

describe('wire: packs', () => {
	const rows: PackRows = {
		ids: Uint32Array.of(7, 2 ** 32 - 1, 1),
		sizes: Uint32Array.of(3, 0, 4),
		hashes: Buffer.concat([sha('one'), Buffer.alloc(32), sha('four')]),
		faults: [[1, {code: 'EACCES', message: 'größer'}]],
	}

	it('come in as they went out', () => {
		const {rows: came, contents} = sent(rows, 'onefour')
		deepEqual([...came.ids], [...rows.ids])
		deepEqual([...came.sizes], [...rows.sizes])
		deepEqual(came.faults, rows.faults)
		equal(hashAt(came.hashes, 0), sha('one').toString('base64url'))
		equal(hashAt(came.hashes, 2), sha('four').toString('base64url'))
		equal(Buffer.from(contents).toString(), 'onefour')
	})

	it('have little-endian columns behind a head of two numbers', () => {
		const [header = new Uint8Array()] = encodePack({...rows, faults: []}, new Uint8Array())
		equal(
			Buffer.from(header.subarray(0, 32)).toString('hex'),
			`0300000000000000${'07000000ffffffff01000000'}030000000000000004000000`,
		)
	})

	it('may hold one fault, or nothing at all', () => {
		const fault = {code: 'CHANGED', message: 'it is not there any more'}
		deepEqual(sent(faultRow(5, fault), '').rows.faults, [[0, fault]])
		const none = {ids: new Uint32Array(), sizes: new Uint32Array(), hashes: new Uint8Array(), faults: []}
		equal(sent(none, '').rows.ids.length, 0)
	})

	it('keep their rows when the memory of the frame goes elsewhere', () => {
		const {rows: came, contents} = sent(rows, 'onefour')
		for (const column of [came.ids, came.sizes, came.hashes]) notEqual(column.buffer, contents.buffer)
	})
})
