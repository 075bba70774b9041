// Growth: ten times and a hundred times as many files, the first sync and one with nothing to do. FileSync alone.
import {join} from 'node:path'
import {seconds, whole} from '../../scripts/lib/demo-show.js'
import {filesync} from './filesync.js'
import {Lane} from './lane.js'
import {lackOfRoom} from './room.js'
import {median} from './stats.js'
import {tinyFiles} from './trees.js'

/** @typedef {{files: number, first: import('./contenders.js').Timing[], noop: import('./contenders.js').Timing[]}} Size */

const sizes = [10_000, 100_000, 1_000_000]
const fileBytes = 100

/** @param {import('./contenders.js').Timing[]} timings */
const showMedian = (timings) => seconds(median(timings.map(({ms}) => ms)))

/** @param {number} files @param {import('./measure.js').Run} run @returns {Promise<Size | undefined>} */
async function measureSize(files, {base, times, say}) {
	const tree = tinyFiles(files, fileBytes)
	const lack = lackOfRoom(base, tree, 1)
	if (lack !== undefined) {
		say(`${whole(files)} files are left out: ${lack}`)
		return undefined
	}
	const name = `growth-${files}`
	/** @type {Size} */
	const size = {files, first: [], noop: []}
	/** @type {import('./workloads.js').Workload} */
	const workload = {name, what: `${whole(files)} files`, tree, start: 'empty', sides: 'fresh'}
	const lane = new Lane(join(base, name), workload, filesync)
	try {
		for (let i = 0; i < times; i++) {
			size.first.push(await lane.time())
			size.noop.push(await lane.timeAgain())
		}
	} finally {
		await lane.close()
	}
	say(`${whole(files)} files: first sync ${showMedian(size.first)}, nothing changed ${showMedian(size.noop)}`)
	return size
}

/** @param {number} scale @param {import('./measure.js').Run} run */
export async function measureGrowth(scale, run) {
	const seen = []
	for (const files of sizes) seen.push(await measureSize(Math.round(files * scale), run))
	return seen.filter((size) => size !== undefined)
}
