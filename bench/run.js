// npm run bench: FileSync beside rsync (and Unison and Syncthing when asked), same trees, same machine, in turn, every
// result checked byte by byte. `npm run bench -- --help` shows the options. bench/README.md says what is timed.
import {existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, relative} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {contenders, missing, stopContenders} from './lib/contenders.js'
import {firstDifference} from './lib/equal.js'
import {killPrograms} from './lib/programs.js'
import {machine, median, save, tableOf} from './lib/report.js'
import {workloads} from './lib/workloads.js'

const help = `npm run bench -- [--only NAME,..] [--times N] [--dir DIR] [--peers NAME,..]

  --only NAME,..   these workloads alone (mem-4g runs only when named)
  --times N        how often each is timed; the median counts (3)
  --dir DIR        where the trees lie (/dev/shm, else the temporary folder)
  --peers NAME,..  compare with these: rsync, unison, syncthing, or none (rsync)

workloads
${workloads.map(({name, what}) => `  ${name.padEnd(18)}${what}`).join('\n')}`

const {values: options} = parseArgs({
	options: {
		only: {type: 'string'},
		times: {type: 'string', default: '3'},
		dir: {type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir()},
		peers: {type: 'string', default: 'rsync'},
		help: {type: 'boolean', short: 'h', default: false},
	},
})
const say = (/** @type {string} */ text) => console.log(text)

/** @param {string} what @param {string} name @param {readonly string[]} known */
function known(what, name, known) {
	if (known.includes(name)) return name
	throw new Error(`--${what} ${name}: known are ${known.join(', ')}`)
}

function chosen() {
	const names = workloads.map(({name}) => name)
	const only = options.only?.split(',').map((name) => known('only', name, names))
	const others = contenders.slice(1).map(({name}) => name)
	const asked = options.peers === 'none' ? [] : options.peers.split(',').map((name) => known('peers', name, others))
	const times = Number(options.times)
	if (!Number.isInteger(times) || times < 1)
		throw new Error(`--times ${options.times}: a whole number from 1 is wanted`)
	const absent = contenders.filter((one) => asked.includes(one.name) && missing(one).length > 0)
	for (const one of absent)
		say(
			`${one.name} is left out: ${missing(one).join(', ')} not found (Debian: apt-get install ${one.packages.join(' ')})`,
		)
	return {
		times,
		workloads: workloads.filter(({name, unlessNamed}) => only?.includes(name) ?? unlessNamed !== true),
		contenders: contenders.filter(
			(one) => one.name === 'filesync' || (asked.includes(one.name) && !absent.includes(one)),
		),
	}
}

/** One workload for one contender: folders of its own, and a session that is made anew where the peer must be empty. */
class Lane {
	/** @type {import('./lib/contenders.js').Timing[]} */
	timings = []
	/** @type {import('./lib/contenders.js').Session | undefined} */
	#session
	#round = 0

	/** @param {string} home @param {import('./lib/workloads.js').Workload} workload @param {import('./lib/contenders.js').Contender} contender */
	constructor(home, workload, contender) {
		this.home = home
		this.workload = workload
		this.contender = contender
		this.source = join(home, 'source')
		this.target = join(home, 'target')
		mkdirSync(this.source, {recursive: true})
		workload.tree.make(this.source)
	}

	async time() {
		const {workload} = this
		const round = ++this.#round
		if (workload.start === 'empty' || this.#session === undefined) {
			await this.#renew()
			if (workload.start === 'synced') await this.#session?.sync()
		}
		workload.change?.(this.source, round)
		const timing = await this.#session?.sync()
		const difference = firstDifference(this.source, this.target)
		if (difference !== undefined || timing === undefined)
			throw new Error(`${this.contender.name} left both ends unequal in ${workload.name}: ${difference}`)
		this.timings.push(timing)
		return timing.ms
	}

	async close() {
		await this.#session?.close()
		rmSync(this.home, {recursive: true, force: true})
	}

	/** An empty target and a contender without a past. */
	async #renew() {
		await this.#session?.close()
		this.#session = undefined
		const state = join(this.home, 'state')
		for (const folder of [this.target, state]) {
			rmSync(folder, {recursive: true, force: true})
			mkdirSync(folder, {recursive: true})
		}
		this.#session = await this.contender.open(state, this.source, this.target)
	}
}

/** @param {string} base @param {import('./lib/workloads.js').Workload} workload @param {readonly import('./lib/contenders.js').Contender[]} among @param {number} times */
async function measure(base, workload, among, times) {
	const fit = among.filter(
		({name, canStartSynced}) =>
			name === 'filesync' || (workload.alone !== true && (canStartSynced || workload.start === 'empty')),
	)
	const wanted = 2.2 * fit.length * Math.max(workload.tree.bytes, workload.tree.files * 4096)
	const {bavail, bsize} = statfsSync(base)
	if (bavail * bsize < wanted) {
		say(
			`${workload.name} is left out: it wants ${Math.ceil(wanted / 1e9)} GB in ${base}, ${Math.floor((bavail * bsize) / 1e9)} GB are free`,
		)
		return []
	}
	/** @type {Lane[]} */
	const lanes = []
	try {
		for (const contender of fit) lanes.push(new Lane(join(base, workload.name, contender.name), workload, contender))
		for (let i = 0; i < times; i++) for (const lane of lanes) await lane.time()
	} finally {
		for (const lane of lanes) await lane.close()
	}
	for (const {contender, timings} of lanes)
		say(
			`${workload.name}: ${contender.name} ${timings.map(({ms}) => (ms / 1000).toFixed(2)).join(' ')} s, median ${(median(timings.map(({ms}) => ms)) / 1000).toFixed(2)}`,
		)
	return lanes.map(({contender, timings}) => ({workload: workload.name, contender: contender.name, timings}))
}

async function main() {
	const plan = chosen()
	const base = mkdtempSync(join(options.dir, 'filesync-bench-'))
	process.on('exit', () => {
		stopContenders()
		killPrograms()
		rmSync(base, {recursive: true, force: true})
	})
	for (const [signal, code] of /** @type {const} */ ([
		['SIGINT', 130],
		['SIGTERM', 143],
		['SIGHUP', 129],
	]))
		process.on(signal, () => process.exit(code))
	const about = machine(base)
	say(
		`${about.cpus} × ${about.cpu}, ${about.memoryGb} GB, ${about.system}, node ${about.node}, trees in ${about.folder}`,
	)
	const measured = []
	for (const workload of plan.workloads) measured.push(...(await measure(base, workload, plan.contenders, plan.times)))
	const names = plan.contenders.map(({name}) => name)
	say(`\nMedians of ${plan.times}; × is how many times as long as FileSync.\n\n${tableOf(measured, names)}\n`)
	const versions = Object.fromEntries(plan.contenders.map(({name, version}) => [name, version()]))
	const results = fileURLToPath(new URL('results', import.meta.url))
	const file = save(results, {machine: about, versions, times: plan.times, measured}, new Date())
	say(`Written to ${relative(process.cwd(), file)}`)
}

if (options.help) say(help)
else
	await main().catch((error) => {
		console.error(`bench: ${error.message}`)
		process.exit(1)
	})
