// What the bench is asked to do: options of the command line made into a plan, or an error that names what is known.
import {existsSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {parseArgs} from 'node:util'
import {contenders, missing} from './contenders.js'
import {startOfCommand} from './starts.js'
import {workloadsAt} from './workloads.js'

/**
 * `from`: results to show in place of measuring. `absent`: programs asked for that are not installed.
 * @typedef {{
 *   help: boolean, publish: boolean, growth: boolean, start: boolean, times: number, scale: number, dir: string,
 *   from: readonly string[], workloads: readonly import('./workloads.js').Workload[],
 *   contenders: readonly import('./contenders.js').Contender[], absent: readonly import('./contenders.js').Contender[]
 * }} Plan
 */

const others = contenders.slice(1).map(({name}) => name)

export const help = () => `npm run bench -- [--only NAME,..] [--times N] [--scale S] [--dir DIR] [--peers NAME,..]
npm run bench -- --growth [--times N] [--scale S] [--dir DIR]
npm run bench -- --from FILE,.. [--publish]

  --only NAME,..   these workloads alone (mem-4g runs only when named)
  --times N        rounds; the median counts (3); one of a second or two, or a GiB, gets twice as many and one
  --scale S        shrinks files and bytes, above 0 to 1 (1); targets are judged at 1 only
  --dir DIR        where the trees lie (/dev/shm, else the temporary folder)
  --peers NAME,..  compare with these: ${others.join(', ')}, or none (all that are installed)
  --growth         in place of the workloads: 10,000, 100,000 and 1,000,000 files, FileSync alone
  --from FILE,..   measures nothing, shows these files of bench/results/ as one run
  --publish        writes charts to docs/charts/ and tables to README.md; with --growth the part about growth

workloads
${[...workloadsAt(1), startOfCommand].map(({name, what}) => `  ${name.padEnd(18)}${what}`).join('\n')}`

/** @param {string} option @param {string} list @param {readonly string[]} known */
function namesIn(option, list, known) {
	const names = list.split(',')
	const strange = names.find((name) => !known.includes(name))
	if (strange !== undefined) throw new Error(`--${option} ${strange}: known are ${known.join(', ')}`)
	return names
}

/** @param {string} option @param {string} text @param {(value: number) => boolean} fits @param {string} wanted */
function numberIn(option, text, fits, wanted) {
	const value = Number(text)
	if (!fits(value)) throw new Error(`--${option} ${text}: ${wanted} is wanted`)
	return value
}

/** @param {string[]} args @returns {Plan} */
export function planOf(args) {
	const {values} = parseArgs({
		args,
		options: {
			only: {type: 'string'},
			times: {type: 'string', default: '3'},
			scale: {type: 'string', default: '1'},
			dir: {type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir()},
			peers: {type: 'string', default: others.join(',')},
			growth: {type: 'boolean', default: false},
			from: {type: 'string'},
			publish: {type: 'boolean', default: false},
			help: {type: 'boolean', short: 'h', default: false},
		},
	})
	const scale = numberIn('scale', values.scale, (value) => value > 0 && value <= 1, 'a number above 0 to 1')
	const times = numberIn(
		'times',
		values.times,
		(value) => Number.isInteger(value) && value >= 1,
		'a whole number from 1',
	)
	const all = workloadsAt(scale)
	const known = [...all.map(({name}) => name), startOfCommand.name]
	const only = values.only === undefined ? undefined : namesIn('only', values.only, known)
	if (values.publish && values.from === undefined && (only !== undefined || scale !== 1 || times < 3))
		throw new Error('--publish wants all workloads at full size, three rounds or more')
	const asked = values.peers === 'none' ? [] : namesIn('peers', values.peers, others)
	const absent = contenders.filter((one) => asked.includes(one.name) && missing(one).length > 0)
	return {
		help: values.help,
		publish: values.publish,
		growth: values.growth,
		start: only?.includes(startOfCommand.name) ?? true,
		times,
		scale,
		dir: values.dir,
		from: values.from?.split(',') ?? [],
		workloads: all.filter(({name, unlessNamed}) => only?.includes(name) ?? unlessNamed !== true),
		contenders: contenders.filter(
			(one) => one.name === 'filesync' || (asked.includes(one.name) && !absent.includes(one)),
		),
		absent,
	}
}
