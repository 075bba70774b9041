import assert from 'node:assert/strict'
import fc from 'fast-check'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {absoluteFrameBytes, FrameDecoder, ownBufferBytes} from '../../src/lib/net/decoder.js'

const frame = (type: number, body: Uint8Array | string): Buffer => {
	const bytes = Buffer.from(body)
	const head = Buffer.alloc(5)
	head.writeUInt32BE(bytes.length + 1)
	head[4] = type
	return Buffer.concat([head, bytes])
}

describe('net: decoder', () => {
	it('any cut of the stream gives the same frames', () => {
		const frames = fc.array(fc.tuple(fc.integer({min: 0, max: 255}), fc.uint8Array({maxLength: 300})), {maxLength: 20})
		fc.assert(
			fc.property(frames, fc.array(fc.integer({min: 1, max: 200}), {minLength: 1, maxLength: 30}), (wanted, cuts) => {
				const stream = Buffer.concat(wanted.map(([type, body]) => frame(type, body)))
				const decoder = new FrameDecoder()
				const seen: [number, Uint8Array][] = []
				let at = 0
				for (let i = 0; at < stream.length; i++) {
					const chunk = stream.subarray(at, at + (cuts[i % cuts.length] ?? 1))
					assert.equal(
						decoder.decode(chunk, (type, body) => seen.push([type, Uint8Array.from(body)]) > 0),
						chunk.length,
					)
					at += chunk.length
				}
				assert.deepEqual(seen, wanted)
				assert.equal(decoder.pendingBytes, 0)
				assert.equal(decoder.frames, wanted.length)
			}),
		)
	})

	it('stops behind the frame at which it is told to, and goes on from the rest', () => {
		const stream = Buffer.concat([frame(1, 'a'), frame(2, ''), frame(3, 'ccc'), frame(4, '')])
		const decoder = new FrameDecoder()
		const seen: number[] = []
		let at = 0
		for (let round = 1; round <= 4; round++) {
			at += decoder.decode(stream.subarray(at), (type) => {
				seen.push(type)
				return false
			})
			assert.equal(seen.length, round)
		}
		assert.deepEqual(seen, [1, 2, 3, 4])
		assert.equal(at, stream.length)
	})

	for (const [name, cut] of [
		['in one piece', Number.POSITIVE_INFINITY],
		['in TLS records', 16_384],
	] as const) {
		it(`a large body has a buffer of its own, exactly sized and transferable (${name})`, () => {
			const content = Buffer.alloc(1024 * 1024, 'filesync')
			const stream = frame(9, content)
			const decoder = new FrameDecoder()
			decoder.maxFrameBytes = absoluteFrameBytes
			const bodies: Uint8Array[] = []
			for (let at = 0; at < stream.length; at += cut) {
				decoder.decode(stream.subarray(at, Math.min(stream.length, at + cut)), (_type, body) => bodies.push(body) > 0)
			}
			const [body] = bodies
			assert.ok(body !== undefined)
			assert.equal(body.buffer.byteLength, content.length)
			assert.equal(body.byteOffset, 0)
			const buffer = body.buffer
			assert.ok(buffer instanceof ArrayBuffer)
			assert.ok(Buffer.from(structuredClone(buffer, {transfer: [buffer]})).equals(content))
			assert.equal(buffer.byteLength, 0, 'has moved')
		})
	}

	it('the border between shared and own buffers is 64 KiB', () => {
		const decoder = new FrameDecoder()
		decoder.maxFrameBytes = absoluteFrameBytes
		const own: boolean[] = []
		for (const size of [ownBufferBytes - 1, ownBufferBytes])
			decoder.decode(frame(1, Buffer.alloc(size)), (_type, body) => own.push(body.buffer.byteLength === size) > 0)
		assert.deepEqual(own, [false, true])
	})

	const bad: readonly [name: string, max: number, bytes: Buffer, says: RegExp][] = [
		['length 0', 65_536, Buffer.from([0, 0, 0, 0, 1]), /frame of 0 bytes/],
		['4 GiB', absoluteFrameBytes, Buffer.from([255, 255, 255, 255, 1]), /frame of 4294967295 bytes/],
		['one above the limit', 10, frame(1, '0123456789'), /frame of 11 bytes.*1 to 10/],
		['the original client', 65_536, Buffer.from('{"type": "list", "root": "x"}'), /original FileSync client/],
		['the original client, spaced', 65_536, Buffer.from('{ "type": "list"}'), /original FileSync client/],
		['plain HTTP', 65_536, Buffer.from('GET / HTTP/1.1\r\n\r\n'), /speaks HTTP/],
		['HTTP 2', 65_536, Buffer.from('PRI * HTTP/2.0\r\n\r\n'), /speaks HTTP/],
		['garbage', 65_536, Buffer.from([0x81, 0, 3, 9, 1]), /frame of \d+ bytes/],
	]
	for (const [name, max, bytes, says] of bad) {
		for (const step of [bytes.length, 1]) {
			it(`${name}, ${step === 1 ? 'byte by byte' : 'at once'}: PROTOCOL, nothing given out`, () => {
				const decoder = new FrameDecoder()
				decoder.maxFrameBytes = max
				assert.throws(
					() => {
						for (let at = 0; at < bytes.length; at += step)
							decoder.decode(bytes.subarray(at, at + step), () => assert.fail('a frame'))
					},
					(error) => error instanceof FileSyncError && error.code === 'PROTOCOL' && says.test(error.message),
				)
			})
		}
	}

	it('is not taken for the original client after a frame', () => {
		const decoder = new FrameDecoder()
		assert.throws(
			() => decoder.decode(Buffer.concat([frame(1, ''), Buffer.from('{"type"')]), () => true),
			/frame of \d+ bytes/,
		)
	})
})
