// Deflated rows: what goes in comes out, and nothing else gets in.
import assert from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {deflateRawSync} from 'node:zlib'
import {frame, wireLimits} from '../../src/lib/wire/codes.js'
import {deflated, inflated} from '../../src/lib/wire/deflate.js'
import {toJson} from '../../src/lib/wire/json.js'

const rows = toJson({items: Array.from({length: 1000}, (_, i) => [`some/folder/file-${i}.txt`, i])})
const wrapped = (type: number, packed: Uint8Array): Uint8Array => Buffer.concat([Buffer.from([type]), packed])

describe('wire/deflate', () => {
	it('rows come out as they went in, and take a fraction of the bytes', () => {
		const body = deflated(frame.steps, rows)
		assert.ok(body !== undefined && body.byteLength < rows.byteLength / 4, `${body?.byteLength}`)
		const inner = inflated(body)
		assert.equal(inner.type, frame.steps)
		assert.deepEqual(Buffer.from(inner.body), Buffer.from(rows))
	})

	it('small bodies, contents and what does not shrink go as they are', () => {
		assert.equal(deflated(frame.steps, toJson({items: []})), undefined)
		for (const type of [frame.pack, frame.fileData, frame.hello, frame.error])
			assert.equal(deflated(type, rows), undefined)
		assert.equal(deflated(frame.steps, randomBytes(10_000)), undefined)
	})

	it('the longest body that a frame may have comes out whole, a longer one is refused', () => {
		const longest = deflateRawSync(Buffer.alloc(wireLimits.frameBytes, 32))
		assert.equal(inflated(wrapped(frame.records, longest)).body.byteLength, wireLimits.frameBytes)
		const longer = deflateRawSync(Buffer.alloc(wireLimits.frameBytes + 1, 32))
		assert.throws(() => inflated(wrapped(frame.records, longer)), /damaged or too large/)
	})

	it('damage, nothing at all, and types that are never deflated are refused', () => {
		const packed = deflateRawSync(rows)
		for (const body of [wrapped(frame.steps, packed.subarray(0, 100)), wrapped(frame.steps, Buffer.from('rubbish'))])
			assert.throws(() => inflated(body), /damaged or too large/)
		for (const type of [0, frame.hello, frame.error, frame.pack, frame.fileData, frame.deflated, 200])
			assert.throws(() => inflated(wrapped(type, packed)), /a deflated frame of type/)
		assert.throws(() => inflated(new Uint8Array(0)), /a deflated frame of type 0/)
	})
})
