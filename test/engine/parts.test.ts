// A first sync of an empty peer goes in parts. However small they are, and wherever the line breaks, it comes to what one part comes to.
import {deepEqual, equal, ok} from 'node:assert/strict'
import {chmodSync, lstatSync, mkdirSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {RelPath} from '../../src/lib/core/paths.js'
import {Device} from './support/device.js'
import {syncDirectly} from './support/direct.js'
import {calm, syncDevices} from './support/sync.js'
import {makeTemp, removeTemp} from './support/temp.js'

const nowMs = Date.now()
/** Seconds: long ago. */
const mtimeOf = (path: string): number => 1_500_000_000 + path.length

/** In path order `a-1` stands between the folder `a` and what is in it. */
const files = ['a-1', 'a-2', 'a/b/x', 'a/y', 'a/z', 'closed/one', 'closed/two', 'q', 'r']
const folders = ['a', 'a/b', 'closed', 'empty']
const paths = [...files, ...folders, 'link'].length

const partsOf = (partPaths: number): number => Math.ceil(paths / partPaths)

interface Two {
	readonly full: Device
	readonly empty: Device
}

async function withTwo(task: (two: Two) => Promise<void>): Promise<void> {
	const home = makeTemp()
	let count = 0
	const random = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(++count)
	const worldMs = (): number => nowMs
	const options = {odd: false, hasLarge: false, isNatural: true, home, random, worldMs, maxConcurrency: 2}
	const [full, empty] = [new Device('full', options), new Device('empty', options)]
	const at = (path: string): string => join(full.disk.root, path)
	for (const path of folders) mkdirSync(at(path), {recursive: true})
	for (const path of files) writeFileSync(at(path), `content of ${path}`)
	symlinkSync('a/y', at('link'))
	chmodSync(at('closed'), 0o555)
	for (const path of [...files, ...folders.toReversed()]) utimesSync(at(path), mtimeOf(path), mtimeOf(path))
	try {
		await task({full, empty})
	} finally {
		for (const device of [full, empty]) await device.close()
		for (const {disk} of [full, empty])
			if (lstatSync(join(disk.root, 'closed'), {throwIfNoEntry: false}) !== undefined)
				chmodSync(join(disk.root, 'closed'), 0o755)
		removeTemp(home)
	}
}

function assertSame({full, empty}: Two): void {
	equal(empty.disk.refresh().picture(), full.disk.refresh().picture())
	for (const path of folders) equal(lstatSync(join(empty.disk.root, path)).mtimeMs, mtimeOf(path) * 1000, path)
}

/** A sync that finds nothing to do: both sides agree. */
async function assertAgreed({full, empty}: Two): Promise<void> {
	const {outcomes} = await syncDevices(full, empty, calm)
	deepEqual(
		outcomes.map(({plan, agreed}) => [plan.local.length + plan.remote.length, agreed]),
		[[0, true]],
	)
}

describe('engine: a first sync in parts', () => {
	for (const [how, sync] of [
		['over a line', syncDevices],
		['of two local sides', syncDirectly],
	] as const)
		for (const partPaths of [1, 2, 3, 5, 100])
			it(`${how}, ${partPaths} paths each`, () =>
				withTwo(async (two) => {
					const parts: number[] = []
					const planned: (readonly [files: number, bytes: number])[] = []
					let moved = 0
					const {outcomes} = await sync(two.full, two.empty, {
						...calm,
						partPaths,
						onEvent: (event) => {
							if (event.kind === 'phase' && event.phase === 'transfer') parts.push(1)
							if (event.kind === 'planned') planned.push([event.files, event.bytes])
							if (event.kind === 'moved' && event.way === 'up') moved += event.files
						},
					})
					equal(parts.length, partsOf(partPaths))
					// All at once: who reads 100 % must not see it fall.
					const bytes = files.reduce((sum, path) => sum + `content of ${path}`.length, 0)
					deepEqual([planned, moved], [[[files.length, bytes]], files.length])
					deepEqual(
						outcomes.map(({plan, agreed, faults}) => [plan.remote.length, agreed, faults.size]),
						[[paths, true, 0]],
					)
					assertSame(two)
					await assertAgreed(two)
				}))

	it('the empty side leads: the plan is whole', () =>
		withTwo(async (two) => {
			const {outcomes} = await syncDevices(two.empty, two.full, {...calm, partPaths: 1})
			deepEqual(
				outcomes.map(({plan, agreed}) => [plan.local.length, agreed]),
				[[paths, true]],
			)
			assertSame(two)
		}))

	it('a dry run shows the whole plan and changes nothing', () =>
		withTwo(async (two) => {
			const {outcomes} = await syncDevices(two.full, two.empty, {...calm, dryRun: true, partPaths: 1})
			deepEqual(
				outcomes.map(({plan}) => plan.remote.length),
				[paths],
			)
			equal(two.empty.disk.refresh().nodes.size, 0)
		}))

	it('a path that changes while its part is under way is left over, and the next sync takes it up', () =>
		withTwo(async (two) => {
			let isEdited = false
			const {outcomes} = await syncDevices(two.full, two.empty, {
				...calm,
				partPaths: 2,
				onEvent: (event) => {
					if (event.kind !== 'phase' || event.phase !== 'transfer' || isEdited) return
					isEdited = true
					writeFileSync(join(two.full.disk.root, 'a-1'), 'another content, and longer')
				},
			})
			const [outcome] = outcomes
			ok(outcome?.agreed)
			equal(outcome.faults.size, 1)
			const agreement = (await two.full.replica()).agreements()[0]
			deepEqual(agreement?.last.pending, ['a-1' as RelPath])
			await syncDevices(two.full, two.empty, calm)
			assertSame(two)
			await assertAgreed(two)
		}))

	it('wherever the line breaks, the next sync goes on', async function () {
		this.timeout(120_000)
		let broken = 0
		for (let breaksAfter = 300; breaksAfter < 6000; breaksAfter += 300)
			await withTwo(async (two) => {
				const first = await syncDevices(two.full, two.empty, {...calm, partPaths: 2, breaksAfter})
				if (first.isBroken) broken++
				await syncDevices(two.full, two.empty, {...calm, partPaths: 3})
				await syncDevices(two.full, two.empty, calm)
				equal(two.empty.disk.refresh().picture(), two.full.disk.refresh().picture())
				await assertAgreed(two)
			})
		ok(broken > 5, `${broken}`)
	})
})
