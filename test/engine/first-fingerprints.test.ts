// After a first sync both sides know already what their next scan is going to show of most runs.
import {deepEqual, equal, ok} from 'node:assert/strict'
import {mkdirSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fingerprintOfRows, Index} from '../../src/lib/index/index.js'
import {ScanColumns} from '../../src/lib/tree/index.js'
import {scan} from '../../src/lib/tree/scan/scan.js'
import {Device} from './support/device.js'
import {calm, syncDevices} from './support/sync.js'
import {makeTemp, removeTemp} from './support/temp.js'

const files = 3000

/** The folders hold from one file to all of them. */
function plant(root: string): void {
	for (let i = 0; i < files; i++) {
		const at = join(root, `${i % 3}`, i % 700 === 0 ? `d${i}` : 'x', `f${i}`)
		mkdirSync(dirname(at), {recursive: true})
		writeFileSync(at, String(i))
		utimesSync(at, 1_600_000_000 + i / 7, 1_600_000_000 + i / 7)
	}
	for (let i = 0; i < files; i += 100) symlinkSync(`to ${i}`, join(root, `link ${i}`))
}

/** What the index in `dir` expects of each run, and what a scan shows of it. */
async function expectedAndShown(dir: string, root: string): Promise<[(string | undefined)[], string[]]> {
	const columns = new ScanColumns(scan({root, ignoreLines: []}).value)
	const index = await Index.open({dir, random: (bytes) => new Uint8Array(bytes), nowSec: () => 0})
	const expected: (string | undefined)[] = []
	const shown: string[] = []
	try {
		for await (const {first, live, fingerprint} of index.known()) {
			const row = columns.find(first) ?? Number.NaN
			expected.push(fingerprint)
			shown.push(fingerprintOfRows(columns.rows(row, row + live)))
		}
	} finally {
		await index.close()
	}
	return [expected, shown]
}

describe('engine: scan fingerprints after a first sync', () => {
	for (const leads of ['the side with the files', 'the empty side'])
		it(`${leads} leads: what both sides expect is what a scan shows`, async function () {
			this.timeout(60_000)
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
				plant(full.disk.root)
				if (leads === 'the empty side') await syncDevices(empty, full)
				else await syncDevices(full, empty)
				for (const one of [full, empty]) {
					await one.close()
					const [expected, shown] = await expectedAndShown(join(home, one.name, 'state'), one.disk.root)
					ok(shown.length > 10, `${shown.length} runs`)
					const known = expected.filter((fingerprint) => fingerprint !== undefined).length
					// Where things were put, a folder of other folders is recorded last, and that leaves its run without a fingerprint.
					if (one === full) equal(known, shown.length)
					else ok(known > shown.length / 2, `${known} of ${shown.length}`)
					deepEqual(
						expected.filter((fingerprint) => fingerprint !== undefined),
						shown.filter((_, i) => expected[i] !== undefined),
					)
				}
				equal((await syncDevices(full, empty, calm)).movedBytes, 0)
			} finally {
				await full.close()
				await empty.close()
				removeTemp(home)
			}
		})
})
