// npm run bench: FileSync beside rsync, Unison and Syncthing, same trees, same machine, in turn, every result checked byte
// by byte. `npm run bench -- --help` shows the options. bench/README.md says what is timed.
import {mkdtempSync, rmSync} from 'node:fs'
import {join, relative} from 'node:path'
import {fileURLToPath} from 'node:url'
import {missing, stopContenders} from './lib/contenders.js'
import {measureGrowth} from './lib/growth.js'
import {measure, measureStarts} from './lib/measure.js'
import {help, planOf} from './lib/options.js'
import {publish} from './lib/publish.js'
import {joined, load, machine, machineText, save} from './lib/report.js'
import {textOf, viewOf} from './lib/views.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const say = (/** @type {string} */ text) => console.log(text)

/** A folder that goes with this process, and with it everything that was started. @param {string} dir */
function takeFolder(dir) {
	const base = mkdtempSync(join(dir, 'filesync-bench-'))
	process.on('exit', () => {
		stopContenders()
		rmSync(base, {recursive: true, force: true})
	})
	for (const [signal, code] of /** @type {const} */ ([
		['SIGINT', 130],
		['SIGTERM', 143],
		['SIGHUP', 129],
	]))
		process.on(signal, () => process.exit(code))
	return base
}

/** Measures into a result that is saved whatever happens. @param {import('./lib/options.js').Plan} plan */
async function run({dir, times, scale, growth, start, workloads, contenders, absent}) {
	for (const one of absent)
		say(
			`${one.title} is left out: ${missing(one).join(', ')} not found (Debian: apt-get install ${one.packages.join(' ')})`,
		)
	const base = takeFolder(dir)
	/** @type {import('./lib/report.js').Result} */
	const result = {
		date: new Date().toISOString(),
		machine: machine(base),
		versions: Object.fromEntries(contenders.map(({name, version}) => [name, version()])),
		times,
		scale,
		measured: [],
		growth: [],
	}
	say(machineText(result.machine))
	const going = {base, times, say}
	try {
		if (growth) result.growth = await measureGrowth(scale, going)
		else {
			for (const workload of workloads) result.measured.push(...(await measure(workload, contenders, going)))
			if (start) result.measured.push(...(await measureStarts(going)))
		}
	} finally {
		say(`\nWritten to ${relative(process.cwd(), save(join(root, 'bench/results'), result))}`)
	}
	return result
}

async function main() {
	const plan = planOf(process.argv.slice(2))
	if (plan.help) return say(help())
	const result = plan.from.length > 0 ? joined(plan.from.map(load)) : await run(plan)
	const view = viewOf(result)
	say(`\n${textOf(view)}\n`)
	if (plan.publish) for (const file of publish(root, view)) say(`Published in ${file}`)
}

await main().catch((error) => {
	console.error(`bench: ${error.message}`)
	process.exit(1)
})
