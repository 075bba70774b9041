// From what was measured to what is shown: medians, the best other program, the ratio to it, goals met or not. Pure.
import {yardsticks} from './contenders.js'
import {median} from './stats.js'

/** @typedef {{name: string, what: string, goal?: import('./workloads.js').Goal | undefined}} Info */
/** `met` undefined: not judged. @typedef {{goal: string, found: string, met: boolean | undefined}} Verdict */
/**
 * `ms`: medians by program, `once` those that were timed but once in a run of several rounds. `ratio`: FileSync's time by
 * the best other program's. Peaks are the highest seen.
 * @typedef {{
 *   workload: string, what: string, ms: Record<string, number>, once: string[], best?: {name: string, ms: number},
 *   ratio?: number, verdicts: Verdict[], peaksKb: Record<string, Record<string, number>>, wireBytes: Record<string, number>
 * }} Row
 */

/** Of some timings, the highest peak of each process. @param {readonly import('./contenders.js').Timing[]} timings */
export function highestPeaks(timings) {
	/** @type {Record<string, number>} */
	const highest = {}
	for (const {peaksKb = {}} of timings)
		for (const [process, kb] of Object.entries(peaksKb)) highest[process] = Math.max(highest[process] ?? 0, kb)
	return highest
}

/** @param {Row} row @param {import('./workloads.js').Goal} goal @param {boolean} judged @returns {Verdict[]} */
function verdictsOf({ms, ratio, wireBytes}, goal, judged) {
	/** @param {string} text @param {number | undefined} found @param {(found: number) => string} show @param {(found: number) => boolean} isMet */
	const verdict = (text, found, show, isMet) => {
		if (found === undefined || Number.isNaN(found)) return {goal: text, found: '–', met: undefined}
		return {goal: text, found: show(found), met: judged ? isMet(found) : undefined}
	}
	const verdicts = []
	const {ratio: ratioGoal, pipeShare, wireBytes: wireGoal} = goal
	if (ratioGoal !== undefined)
		verdicts.push(
			verdict(
				`≤ ${ratioGoal}`,
				ratio,
				(found) => found.toFixed(2),
				(found) => found <= ratioGoal,
			),
		)
	if (pipeShare !== undefined) {
		const share = (ms[yardsticks.pipe] ?? Number.NaN) / (ms['filesync'] ?? Number.NaN)
		verdicts.push(
			verdict(
				`≥ ${pipeShare} of a bare TLS pipe`,
				share,
				(found) => found.toFixed(2),
				(found) => found >= pipeShare,
			),
		)
	}
	if (wireGoal !== undefined)
		verdicts.push(
			verdict(
				`< ${wireGoal / 1000} kB sent`,
				wireBytes['filesync'],
				(found) => `${(found / 1000).toFixed(1)} kB`,
				(found) => found < wireGoal,
			),
		)
	return verdicts
}

/**
 * @param {readonly import('./measure.js').Measured[]} measured @param {readonly Info[]} infos
 * @param {{times: number, judged: boolean}} options `judged` false: the trees were shrunk, goals do not count
 * @returns {Row[]} in the order of `infos`
 */
export function rowsOf(measured, infos, {times, judged}) {
	return infos.flatMap(({name, what, goal = {}}) => {
		const some = measured.filter(({workload}) => workload === name)
		if (some.length === 0) return []
		/** @type {Row} */
		const row = {workload: name, what, ms: {}, once: [], verdicts: [], peaksKb: {}, wireBytes: {}}
		for (const {contender, timings} of some) {
			row.ms[contender] = median(timings.map(({ms}) => ms))
			if (times > 1 && timings.length === 1) row.once.push(contender)
			row.peaksKb[contender] = highestPeaks(timings)
			const wire = timings.flatMap(({wireBytes}) => wireBytes ?? [])
			if (wire.length > 0) row.wireBytes[contender] = median(wire)
		}
		const others = Object.entries(row.ms).filter(([other]) => other !== 'filesync' && other !== yardsticks.pipe)
		const best = others.sort(([, a], [, b]) => a - b)[0]
		const own = row.ms['filesync']
		if (best !== undefined && own !== undefined) {
			row.best = {name: best[0], ms: best[1]}
			row.ratio = own / best[1]
		}
		row.verdicts = verdictsOf(row, goal, judged)
		return [row]
	})
}

/** `met`, or what was found instead. @param {readonly Verdict[]} verdicts */
export function verdictText(verdicts) {
	if (verdicts.length === 0) return ''
	if (verdicts.some(({met}) => met === false))
		return `not met: ${verdicts
			.filter(({met}) => met === false)
			.map(({found}) => found)
			.join(', ')}`
	return verdicts.every(({met}) => met === true) ? 'met' : 'not judged'
}
