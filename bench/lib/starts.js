// The start of the command itself: `filesync --version` beside `node -e 0`, in turn.
import {bin, peakKbOf} from '../../scripts/lib/demo-pair.js'
import {sampleMs} from './memory.js'
import {timed} from './programs.js'

/** A start is short, so each of the rounds holds several pairs. */
const pairsPerRound = 5

export const startOfCommand = {
	name: 'start',
	what: '`filesync --version`, against `node -e 0`',
	goal: {ratio: 2},
}

/** @param {string[]} args @returns {Promise<import('./contenders.js').Timing>} */
async function timeNode(args) {
	let peakKb = 0
	/** @type {NodeJS.Timeout | undefined} */
	let timer
	const onStart = (/** @type {number} */ pid) => {
		timer = setInterval(() => {
			peakKb = Math.max(peakKb, peakKbOf(pid))
		}, sampleMs)
	}
	try {
		const {ms} = await timed(process.execPath, args, {onStart})
		return {ms, peaksKb: {command: peakKb}}
	} finally {
		clearInterval(timer)
	}
}

/** @param {number} rounds */
export async function timeStarts(rounds) {
	/** @type {{own: import('./contenders.js').Timing[], bare: import('./contenders.js').Timing[]}} */
	const timings = {own: [], bare: []}
	for (let i = 0; i < rounds * pairsPerRound; i++) {
		timings.own.push(await timeNode([bin, '--version']))
		timings.bare.push(await timeNode(['-e', '0']))
	}
	return timings
}
