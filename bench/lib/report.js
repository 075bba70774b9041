// What a run leaves behind: where it ran, and one JSON file with everything that was measured. Reads such files again.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {cpus, release, totalmem} from 'node:os'
import {join} from 'node:path'
import {isInMemory} from './room.js'

/** @typedef {ReturnType<typeof machine>} Machine */
/**
 * `scale` 1: full size. One of `measured` and `growth` may be empty.
 * @typedef {{
 *   date: string, machine: Machine, versions: Record<string, string>, times: number, scale: number,
 *   measured: import('./measure.js').Measured[], growth: import('./growth.js').Size[]
 * }} Result
 */

/** What the figures hang on. @param {string} dir where the trees lie */
export const machine = (dir) => ({
	cpu: cpus()[0]?.model ?? 'unknown',
	cpus: cpus().length,
	memoryGb: Math.round(totalmem() / 1e9),
	system: `${process.platform} ${release()}`,
	node: process.version,
	folder: isInMemory(dir) ? 'memory (tmpfs)' : 'a disk',
})

/** @param {Machine} machine */
export const machineText = ({cpu, cpus: cores, memoryGb, system, node, folder}) =>
	`${cores} × ${cpu}, ${memoryGb} GB, ${system}, Node ${node}, trees in ${folder}`

/** Writes everything that was measured; returns the file. @param {string} folder @param {Result} result */
export function save(folder, result) {
	mkdirSync(folder, {recursive: true})
	const file = join(folder, `${result.date.slice(0, 19).replaceAll(':', '')}.json`)
	writeFileSync(file, `${JSON.stringify(result, null, '\t')}\n`)
	return file
}

/** @param {string} file @returns {Result} */
export const load = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** Parts of one run made into one result; a workload that is in several counts as in the last. @param {readonly Result[]} results at least one */
export function joined(results) {
	return results.reduce((before, {measured, growth, ...last}) => {
		if (
			last.scale !== before.scale ||
			last.times !== before.times ||
			machineText(last.machine) !== machineText(before.machine)
		)
			throw new Error('these results differ in scale, rounds or machine: they cannot be joined')
		const again = new Set(measured.map(({workload}) => workload))
		return {
			...last,
			versions: {...before.versions, ...last.versions},
			measured: [...before.measured.filter(({workload}) => !again.has(workload)), ...measured],
			growth: growth.length > 0 ? growth : before.growth,
		}
	})
}
