// The trash of a folder over days: kept through a clock that jumps, emptied in ordinary use, and no worse where the index is lost.
import {deepEqual} from 'node:assert/strict'
import {mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {type Home, withHome} from './support.js'

const dayMs = 86_400_000
const startMs = Date.parse('2026-03-01T12:00:00Z')

/** A sync on such a day, counted from the first. */
async function syncOn({open}: Home, day: number): Promise<void> {
	const replica = await open({trashDays: 30, nowMs: () => startMs + day * dayMs})
	deepEqual(await replica.expireTrash(), [])
	await replica.close()
}

function plant({root}: Home, run: string): void {
	mkdirSync(join(root, '.filesync/trash', run), {recursive: true})
	writeFileSync(join(root, '.filesync/trash', run, 'f'), 'f')
}

const trashOf = ({root}: Home): string[] => readdirSync(join(root, '.filesync/trash'))

describe('replica/trash', function () {
	this.timeout(30_000)

	it('a clock that jumps a year ahead and back loses nothing', () =>
		withHome(async (home) => {
			plant(home, '20260301-110000')
			for (const day of [0, 1, 2, 365 + 2, 365 + 3, 3, 4]) await syncOn(home, day)
			deepEqual(trashOf(home), ['20260301-110000'])
		}))

	it('used each day it goes after its days, and what came later stays', () =>
		withHome(async (home) => {
			plant(home, '20260301-110000')
			for (let day = 0; day <= 30; day++) {
				await syncOn(home, day)
				if (day === 9) plant(home, '20260310-110000')
			}
			deepEqual(trashOf(home).sort(), ['20260301-110000', '20260310-110000'])
			await syncOn(home, 31)
			deepEqual(trashOf(home), ['20260310-110000'])
		}))

	it('with a lost index all of it counts as new', () =>
		withHome(async (home) => {
			plant(home, '20200101-110000')
			await syncOn(home, 0)
			rmSync(home.indexDir, {recursive: true})
			await syncOn(home, 31)
			await syncOn(home, 32)
			deepEqual(trashOf(home), ['20200101-110000'])
		}))
})
