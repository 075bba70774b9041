// npm run histories: every small history of two sides, each checked against the two-way rules: nothing lost, nothing that comes back,
// nothing invented, equal ends whoever leads, a quiet second run. In memory, through the planner. `--ops 1|2` operations a side at most (2),
// `--part I/N`: every Nth, from the Ith. Prints each fault as a history; exits with 0 only when there was none.
// Builds the tests unless `--built`.
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {parseArgs} from 'node:util'
import {compileTests} from './lib/suite.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const usageText = 'usage: npm run histories -- [--ops 1|2] [--part I/N] [--built]'

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

if (!values.built) compileTests(root)
const compiled = join(root, '.build/test/core/small/play.js')
if (!existsSync(compiled)) usage('the tests are not compiled: leave out --built')
const {playAll, startNames, startOf} = await import(pathToFileURL(compiled).href)

const startedMs = performance.now()
let histories = 0
let faults = 0
for (const name of startNames) {
	const start = startOf(name, {ops, looks: ops > 1})
	const played = playAll(
		start,
		(/** @type {number} */ number) => number % parts === part - 1,
		(/** @type {string} */ fault) => console.log(`FAULT ${fault}\n`),
	)
	console.log(`${name} start: ${start.laptop.length} by ${start.phone.length} sides, ${played.histories} histories`)
	histories += played.histories
	faults += played.faults.length
}
const sec = ((performance.now() - startedMs) / 1000).toFixed(1)
console.log(`${histories} histories in ${sec} s, each with either side leading: ${faults} faults`)
process.exit(faults === 0 && histories > 0 ? 0 : 1)
