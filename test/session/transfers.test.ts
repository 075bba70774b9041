// `max_concurrency` bounds the transfers of a side, however many lists of wishes the peer sends at once.
import {deepEqual, equal, ok} from 'node:assert/strict'
import {closeSync, ftruncateSync, openSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {LocalSide} from '../../src/lib/replica/local-side.js'
import {Conversation} from '../../src/lib/session/conversation.js'
import {FrameSink} from '../../src/lib/session/transfer/frame-sink.js'
import type {Wish} from '../../src/lib/sync/side.js'
import {wireLimits} from '../../src/lib/wire/codes.js'
import {decodePack, decodePiece} from '../../src/lib/wire/content.js'
import {decode, FileEnd, FileOpen} from '../../src/lib/wire/messages.js'
import {rel} from '../core/model/disk.js'
import {memoryPair} from '../net/memory-pair.js'
import {scanOf, withHome} from '../replica/support.js'

/** One byte more than travels in a pack. */
const largeBytes = 256 * 1024 + 1

function sparse(file: string, bytes: number): void {
	const fd = openSync(file, 'w')
	ftruncateSync(fd, bytes)
	closeSync(fd)
}

describe('session/transfers', function () {
	this.timeout(60_000)

	for (const {maxConcurrency, lists, each} of [
		// More than a receiver lets be open at once, if each list counted by itself.
		{maxConcurrency: 64, lists: 17, each: 64},
		{maxConcurrency: 1, lists: 4, each: 5},
	])
		it(`${lists} lists of ${each} large files at ${maxConcurrency} transfers: never more are open`, () =>
			withHome(async ({root, open}) => {
				const names = Array.from({length: lists * each}, (_, i) => `f${i}`)
				for (const name of names) sparse(join(root, name), largeBytes)
				for (let i = 0; i < 50; i++) writeFileSync(join(root, `small${i}`), 'small')
				const replica = await open()
				await scanOf(replica)
				const [left, right] = memoryPair()
				const [here, there] = [new Conversation(left), new Conversation(right)]
				for (const {channel} of [here, there]) channel.allowFrames(wireLimits.frameBytes)
				const under = new Set<number>()
				const done: number[] = []
				let most = 0
				let small = 0
				there.on('fileOpen', (body) => {
					under.add(decode(FileOpen, body, 'fileOpen').id)
					most = Math.max(most, under.size)
				})
				there.on('fileData', (body) => there.sendJson('credit', {bytes: decodePiece(body).bytes.byteLength}))
				there.on('fileEnd', (body) => {
					const {id, fault} = decode(FileEnd, body, 'fileEnd')
					equal(fault, null)
					under.delete(id)
					done.push(id)
				})
				there.on('pack', (body) => {
					const {rows, contents} = decodePack(body)
					small += rows.ids.length
					there.sendJson('credit', {bytes: contents.byteLength})
				})
				const sink = new FrameSink(here)
				const side = new LocalSide({
					replica,
					peer: replica.device,
					leads: false,
					point: null,
					scan: () => replica.scan(here.signal),
					maxConcurrency,
					maxDeletePercent: 50,
					mostLeftOver: 1000,
					nowMs: Date.now,
					onEvent: () => {},
					signal: here.signal,
				})
				const item = (path: string, id: number): Wish => ({id, path: rel(path), alternative: null, size: 0})
				const all = names.map(item)
				const wishes = Array.from({length: lists}, (_, i) => all.slice(i * each, (i + 1) * each))
				wishes.push(Array.from({length: 50}, (_, i) => item(`small${i}`, all.length + i)))
				await Promise.all(wishes.map((list) => side.supply(list, sink)))
				sink.close()
				await here.end()
				deepEqual(
					done.sort((a, b) => a - b),
					all.map(({id}) => id),
				)
				equal(small, 50)
				ok(most <= maxConcurrency, `${most} files were open at once`)
				equal(under.size, 0)
				await there.end()
				await replica.close()
			}))
})
