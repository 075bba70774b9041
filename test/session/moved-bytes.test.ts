// What a round tells of the bytes that move is what moves, in both directions, also of packs whose memory goes to another thread.
import {equal} from 'node:assert/strict'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Device} from '../engine/support/device.js'
import {syncDirectly} from '../engine/support/direct.js'
import {calm, syncDevices} from '../engine/support/sync.js'
import {makeTemp, removeTemp} from '../engine/support/temp.js'

/** Small files that make a pack with memory of its own, and one that goes in pieces. */
const sizes = [...Array.from({length: 200}, (_, i) => 900 + i), 300_000]
const sum = sizes.reduce((all, size) => all + size, 0)

describe('session: bytes that moved', function () {
	this.timeout(30_000)
	const withFiles = async (act: (full: Device, empty: Device) => Promise<void>): Promise<void> => {
		const home = makeTemp()
		const device = (name: string) =>
			new Device(name, {
				home,
				random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
				worldMs: Date.now,
				maxConcurrency: 4,
				hasLarge: false,
				odd: false,
				isNatural: true,
			})
		const [full, empty] = [device('full'), device('empty')]
		try {
			for (const [i, size] of sizes.entries()) writeFileSync(join(full.disk.root, `f${i}`), Buffer.alloc(size, i))
			await act(full, empty)
		} finally {
			for (const device of [full, empty]) await device.close()
			removeTemp(home)
		}
	}

	it('are told by the side that sends', () =>
		withFiles(async (full, empty) => equal((await syncDevices(full, empty, calm)).movedBytes, sum)))

	it('are told by the side that receives', () =>
		withFiles(async (full, empty) => equal((await syncDevices(empty, full, calm)).movedBytes, sum)))

	it('are told by two sides without a line between them', () =>
		withFiles(async (full, empty) => equal((await syncDirectly(full, empty, calm)).movedBytes, sum)))
})
