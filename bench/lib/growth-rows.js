// What growth comes to: time and memory per file of each size, and whether they stay flat. Pure.
import {highestPeaks} from './rows.js'
import {median} from './stats.js'

/**
 * Times in ms; `peakKb` the highest of the process in either sync.
 * @typedef {{files: number, firstMs: number, noopMs: number, peakKb: {sync: number, serve: number}}} GrowthRow
 */

/** The size that the largest is compared with. */
const middle = 100_000
const largest = 1_000_000
const goal = {timesPerFile: 1.3, bytes: 1e9}

/** @param {readonly import('./growth.js').Size[]} sizes @returns {GrowthRow[]} */
export const growthRows = (sizes) =>
	sizes.map(({files, first, noop}) => {
		const {sync = 0, serve = 0} = highestPeaks([...first, ...noop])
		const [firstMs, noopMs] = [first, noop].map((timings) => median(timings.map(({ms}) => ms)))
		return {files, firstMs: firstMs ?? Number.NaN, noopMs: noopMs ?? Number.NaN, peakKb: {sync, serve}}
	})

/** Of full sizes only: of shrunk ones nothing is judged. @param {readonly GrowthRow[]} rows @returns {import('./rows.js').Verdict[]} */
export function growthVerdicts(rows) {
	const [base, top] = [middle, largest].map((files) => rows.find((row) => row.files === files))
	if (base === undefined || top === undefined) return []
	const flat = (/** @type {'firstMs' | 'noopMs'} */ key, /** @type {string} */ what) => {
		const times = top[key] / top.files / (base[key] / base.files)
		return {
			goal: `${what}: per file at most ${goal.timesPerFile} × that of 100,000 files`,
			found: `× ${times.toFixed(2)}`,
			met: times <= goal.timesPerFile,
		}
	}
	const bytes = Math.max(top.peakKb.sync, top.peakKb.serve) * 1024
	return [
		flat('firstMs', 'first sync of 1,000,000 files'),
		flat('noopMs', '1,000,000 files, nothing changed'),
		{
			goal: 'memory of either side under 1 GB',
			found: `${Math.round(bytes / 1e6)} MB`,
			met: bytes === 0 ? undefined : bytes < goal.bytes,
		},
	]
}
