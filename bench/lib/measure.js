// Runs workloads: the programs take turns, round by round. What it returns is what was seen, nothing is computed from it.
import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {seconds} from '../../scripts/lib/demo-show.js'
import {yardsticks} from './contenders.js'
import {Lane} from './lane.js'
import {timePipe} from './pipe.js'
import {lackOfRoom} from './room.js'
import {startOfCommand, timeStarts} from './starts.js'
import {median} from './stats.js'
import {roundsOf} from './workloads.js'

/** @typedef {{workload: string, contender: string, timings: import('./contenders.js').Timing[]}} Measured */
/** @typedef {{base: string, times: number, say: (text: string) => void}} Run */

/** A program this many times as slow as the fastest, and slower than `hopelessMs`, is timed once: it cannot be the best. */
const hopelessTimes = 5
const hopelessMs = 10_000

/** @param {Measured} measured @param {(text: string) => void} say */
function tell({workload, contender, timings}, say) {
	const all = timings.map(({ms}) => ms)
	say(`${workload}: ${contender} ${all.map(seconds).join(', ')}; median ${seconds(median(all))}`)
}

/** @param {readonly Lane[]} lanes @param {Lane} lane */
const isHopeless = (lanes, lane) =>
	lane !== lanes[0] &&
	lane.firstMs > hopelessMs &&
	lane.firstMs > hopelessTimes * Math.min(...lanes.map(({firstMs}) => firstMs))

/**
 * @param {import('./workloads.js').Workload} workload @param {readonly import('./contenders.js').Contender[]} among FileSync first
 * @param {Run} run @returns {Promise<Measured[]>}
 */
export async function measure(workload, among, {base, times, say}) {
	const isPlain = workload.start === 'empty' && workload.line === undefined
	const fit = among.filter(
		({name, onlyToEmpty}) => name === 'filesync' || (workload.alone !== true && (onlyToEmpty !== true || isPlain)),
	)
	const lack = lackOfRoom(base, workload.tree, fit.length)
	if (lack !== undefined) {
		say(`${workload.name} is left out: ${lack}`)
		return []
	}
	/** @type {Lane[]} */
	const lanes = []
	/** @type {import('./contenders.js').Timing[]} */
	const pipe = []
	const home = join(base, workload.name)
	try {
		for (const contender of fit) lanes.push(new Lane(join(home, contender.name), workload, contender))
		for (let i = 0; i < roundsOf(workload, times); i++) {
			for (const lane of lanes) if (i === 0 || !isHopeless(lanes, lane)) await lane.time()
			if (workload.goal?.pipeShare !== undefined)
				pipe.push({ms: await timePipe(join(home, `pipe-${i}`), workload.tree.bytes)})
		}
	} finally {
		for (const lane of lanes) await lane.close()
		rmSync(home, {recursive: true, force: true})
	}
	const measured = lanes.map(({contender, timings}) => ({workload: workload.name, contender: contender.name, timings}))
	if (pipe.length > 0) measured.push({workload: workload.name, contender: yardsticks.pipe, timings: pipe})
	for (const one of measured) tell(one, say)
	return measured
}

/** The start of the command beside that of Node itself. @param {Run} run @returns {Promise<Measured[]>} */
export async function measureStarts({times, say}) {
	const {own, bare} = await timeStarts(times)
	const measured = [
		{workload: startOfCommand.name, contender: 'filesync', timings: own},
		{workload: startOfCommand.name, contender: yardsticks.node, timings: bare},
	]
	for (const one of measured) tell(one, say)
	return measured
}
