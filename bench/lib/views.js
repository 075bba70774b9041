// A result made ready to be shown: rows, goals, programs. The same for a run that just ended and for one read from a file.
import {some} from '../../scripts/lib/demo-show.js'
import {contenders} from './contenders.js'
import {growthRows, growthVerdicts} from './growth-rows.js'
import {rowsOf} from './rows.js'
import {startOfCommand} from './starts.js'
import {asText, growthTable, memoryTable, notes, timesTable} from './tables.js'
import {workloadsAt} from './workloads.js'

/** @typedef {ReturnType<typeof viewOf>} View */

/** @param {import('./report.js').Result} result */
export function viewOf(result) {
	const {measured, scale, times, growth} = result
	const workloads = workloadsAt(scale)
	const infos = [...workloads, startOfCommand]
	const sizes = growthRows(growth)
	/** @type {Record<string, number>} */
	const targets = {}
	const usual = [...workloads.filter(({unlessNamed}) => unlessNamed !== true), startOfCommand]
	const absent = usual.filter(({name}) => !measured.some(({workload}) => workload === name))
	for (const {name, goal} of infos) if (goal?.ratio !== undefined) targets[name] = goal.ratio
	return {
		result,
		rows: rowsOf(measured, infos, {times, judged: scale === 1}),
		names: contenders.map(({name}) => name).filter((name) => measured.some(({contender}) => contender === name)),
		targets,
		absent: absent.map(({name}) => name),
		growth: sizes,
		growthVerdicts: growthVerdicts(sizes),
	}
}

/** For a terminal. @param {View} view */
export function textOf({result, rows, names, growth, growthVerdicts: verdicts}) {
	const scaled = result.scale === 1 ? '' : `, trees shrunk to ${result.scale}: targets are not judged`
	const parts = [`Medians of ${some(result.times, 'round')}${scaled}. FileSync / best other: smaller is better.`]
	if (rows.length > 0) parts.push(asText(timesTable(rows, names)), ...notes(rows), asText(memoryTable(rows, names)))
	if (growth.length > 0) parts.push(asText(growthTable(growth)))
	for (const {goal, found, met} of verdicts) parts.push(`${goal}: ${found}, ${met === true ? 'met' : 'not met'}`)
	return parts.join('\n\n')
}
