// From timings to a table and a file. Medians, because a machine has other things to do now and then.
import {mkdirSync, statfsSync, writeFileSync} from 'node:fs'
import {cpus, release, totalmem} from 'node:os'
import {join} from 'node:path'

/** @param {readonly number[]} values */
export function median(values) {
	const sorted = [...values].sort((a, b) => a - b)
	const middle = sorted.length >> 1
	return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`
/** @param {number} kb */
const megabytes = (kb) => (kb === 0 ? '–' : `${Math.round((kb * 1024) / 1e6)} MB`)

/** What the figures hang on. @param {string} dir */
export function machine(dir) {
	const {type} = statfsSync(dir)
	const inMemory = type === 0x01021994
	return {
		cpu: cpus()[0]?.model ?? 'unknown',
		cpus: cpus().length,
		memoryGb: Math.round(totalmem() / 1e9),
		system: `${process.platform} ${release()}`,
		node: process.version,
		folder: inMemory ? 'tmpfs' : `file system of type 0x${type.toString(16)}`,
	}
}

/** @typedef {{workload: string, contender: string, timings: import('./contenders.js').Timing[]}} Measured */

/** @param {readonly (readonly string[])[]} rows first the titles */
function table(rows) {
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)))
	const line = (/** @type {readonly string[]} */ row) =>
		row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('   ')
	const [titles = [], ...rest] = rows
	return [line(titles), widths.map((width) => '-'.repeat(width)).join('   '), ...rest.map(line)].join('\n')
}

/** Medians side by side; `× 1.5`: that program takes one and a half times as long as FileSync. @param {readonly Measured[]} measured @param {readonly string[]} names */
export function tableOf(measured, names) {
	const others = names.filter((name) => name !== 'filesync')
	const titles = ['workload', 'FileSync', ...others.flatMap((name) => [name, '']), 'sync RSS', 'serve RSS', 'wire']
	const workloads = [...new Set(measured.map(({workload}) => workload))]
	const rows = workloads.map((workload) => {
		const timings = (/** @type {string} */ name) =>
			measured.find((one) => one.workload === workload && one.contender === name)?.timings ?? []
		const own = timings('filesync')
		const ownMs = median(own.map(({ms}) => ms))
		const peak = (/** @type {'sync' | 'serve'} */ side) => Math.max(0, ...own.map(({peaksKb}) => peaksKb?.[side] ?? 0))
		const cells = others.flatMap((name) => {
			const some = timings(name).map(({ms}) => ms)
			if (some.length === 0) return ['–', '']
			return [seconds(median(some)), own.length === 0 ? '' : `× ${(median(some) / ownMs).toFixed(2)}`]
		})
		const wire = median(own.map(({wireBytes = 0}) => wireBytes))
		return [
			workload,
			own.length === 0 ? '–' : seconds(ownMs),
			...cells,
			megabytes(peak('sync')),
			megabytes(peak('serve')),
			own.length === 0 ? '–' : wire < 1e6 ? `${(wire / 1e3).toFixed(1)} kB` : `${(wire / 1e6).toFixed(1)} MB`,
		]
	})
	return table([titles, ...rows])
}

/** Writes everything that was measured; returns the file. @param {string} folder @param {object} result @param {Date} now */
export function save(folder, result, now) {
	mkdirSync(folder, {recursive: true})
	const file = join(folder, `${now.toISOString().slice(0, 19).replaceAll(':', '')}.json`)
	writeFileSync(file, `${JSON.stringify({date: now.toISOString(), ...result}, null, '\t')}\n`)
	return file
}
