// npm run histories: runs every small history of two sides and checks it against the two-way rules: nothing lost, nothing resurrected,
// nothing invented, both sides equal, and a second sync does nothing.
// `--ops 1|2`: operations a side at most (2). `--part I/N`: every Nth history, from the Ith. Default: in memory, through the planner,
// once with each side as leader. `--disk`: on two real folders, with alternating leaders; all histories of one operation a side, and a
// sample of `--count N` (20000) of two; `--seed N` repeats it.
// Prints each fault as a history; exits with 0 only if there was none. Builds the tests unless `--built`.
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {parseArgs} from 'node:util'
import {compileTests} from './lib/suite.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const usageText = 'usage: npm run histories -- [--ops 1|2] [--part I/N] [--disk [--count N] [--seed N]] [--built]'

/** @param {string} what @returns {never} */
function usage(what) {
	console.error(`${what}\n${usageText}`)
	process.exit(2)
}

function readOptions() {
	try {
		return parseArgs({
			options: {
				ops: {type: 'string', default: '2'},
				part: {type: 'string', default: '1/1'},
				disk: {type: 'boolean', default: false},
				count: {type: 'string', default: '20000'},
				seed: {type: 'string', default: String(Date.now() % 2 ** 31)},
				built: {type: 'boolean', default: false},
			},
		}).values
	} catch (error) {
		return usage(error instanceof Error ? error.message : String(error))
	}
}

const values = readOptions()
if (values.ops !== '1' && values.ops !== '2') usage(`--ops wants 1 or 2, not "${values.ops}"`)
const ops = Number(values.ops)
const [part = 0, parts = 0] = /^\d+\/\d+$/.test(values.part) ? values.part.split('/').map(Number) : []
if (part < 1 || part > parts) usage(`--part wants I/N with I from 1 to N, not "${values.part}"`)

const [count, seed] = [Number(values.count), Number(values.seed)]
if (!Number.isInteger(count) || count < 1) usage(`--count wants a whole number above 0, not "${values.count}"`)
if (!Number.isInteger(seed)) usage(`--seed wants a whole number, not "${values.seed}"`)

if (!values.built) compileTests(root)
const compiled = join(root, '.build/test')
if (!existsSync(compiled)) usage('the tests are not compiled: leave out --built')
/** @param {string} name */
const load = (name) => import(pathToFileURL(join(compiled, name)).href)
const {playAll, startNames, startOf} = await load('core/small/play.js')
const {countOf, partOf, sampleOf} = await load('core/small/choice.js')
const {playOnDisk} = await load('engine/small/batch.js')

/** Histories that share one sync of two real folders. */
const batch = 250
/** @param {string} fault */
const onFault = (fault) => console.log(`FAULT ${fault}\n`)
if (values.disk && ops > 1) console.log(`--seed ${seed} repeats this sample`)

const startedMs = performance.now()
let histories = 0
let faults = 0
for (const name of startNames) {
	const start = startOf(name, {ops, looks: ops > 1})
	const total = countOf(start)
	const numbers =
		values.disk && ops > 1
			? sampleOf(total, Math.ceil(count / startNames.length), seed).filter(
					(/** @type {number} */ _, /** @type {number} */ i) => i % parts === part - 1,
				)
			: partOf(total, part, parts)
	const played = values.disk ? await playOnDisk(start, numbers, batch, onFault) : playAll(start, numbers, onFault)
	console.log(`${name} start: ${start.laptop.length} by ${start.phone.length} sides, ${played.histories} histories`)
	histories += played.histories
	faults += played.faults.length
}
const sec = ((performance.now() - startedMs) / 1000).toFixed(1)
console.log(`${histories} histories in ${sec} s: ${faults} faults`)
process.exit(faults === 0 && histories > 0 ? 0 : 1)
