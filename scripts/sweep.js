// npm run sweep -- kill | errno | EIO | ENOSPC | ...: injects one fault at each state-changing system call of a sync of the fixture, on
// either side, then makes further changes and syncs again. `--side leader|follower`, `--points A-B` or `--points A` (calls of that
// side), `--many N` (evenly spread; errno: 300), `--jobs N`. `arrivals`: kills the receiver while 3,000 files arrive, 20 times
// (`--many N`). Prints each failure with the command that repeats it alone; exits with 0 only if there was none.
// Builds the program and the tests unless `--built`.
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {parseArgs} from 'node:util'
import {run} from './lib/run.js'
import {compileTests} from './lib/suite.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const compiled = join(root, '.build/test/faults/support')
/** @param {string} name */
const load = (name) => import(pathToFileURL(join(compiled, name)).href)
const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {
		side: {type: 'string', default: 'both'},
		points: {type: 'string'},
		many: {type: 'string'},
		jobs: {type: 'string', default: '2'},
		built: {type: 'boolean', default: false},
	},
})

/** @param {string} what @returns {never} */
function usage(what) {
	console.error(
		`${what}\nusage: npm run sweep -- kill|errno|EIO|ENOSPC|EACCES|EMFILE|EROFS|arrivals [--side leader|follower] [--points A-B] [--many N] [--jobs N]`,
	)
	process.exit(2)
}

/** @param {string} name @param {string} text */
function numberOf(name, text) {
	const value = Number(text)
	return Number.isInteger(value) && value > 0 ? value : usage(`--${name} wants a whole number above 0, not "${text}"`)
}

/** @param {number} rounds */
async function arrivals(rounds) {
	const {arrivalRows, killWhileArriving} = await load('arrivals.js')
	let failed = 0
	for (const row of arrivalRows(rounds)) {
		const name = `the ${row.receiver} killed at ${row.least} files in a ${row.folder} folder`
		try {
			console.log(`ok   ${name}, ${await killWhileArriving(row)} had arrived`)
		} catch (error) {
			failed++
			console.log(`FAIL ${name}: ${error instanceof Error ? error.message : error}`)
		}
	}
	console.log(`${rounds - failed} passed, ${failed} failed`)
	process.exit(failed === 0 ? 0 : 1)
}

const [action = ''] = positionals
const jobs = numberOf('jobs', values.jobs)
const many = values.many === undefined ? undefined : numberOf('many', values.many)
const [from, to] = values.points === undefined ? [] : values.points.split('-').map((text) => numberOf('points', text))
if (!['both', 'leader', 'follower'].includes(values.side))
	usage(`--side wants leader or follower, not "${values.side}"`)

if (!values.built) {
	run(process.execPath, ['scripts/build.js'], {cwd: root})
	compileTests(root)
}
if (!existsSync(compiled)) usage('the tests are not compiled: leave out --built')
if (action === 'arrivals') await arrivals(many ?? 20)
const {errnos, noShim} = await load('shim.js')
if (noShim !== undefined) usage(noShim)
if (action !== 'kill' && action !== 'errno' && !errnos.includes(action))
	usage(`what is to happen at a call? not "${action}"`)

const {countCalls, countKinds, errors, faultOf, kills, spread, sweep} = await load('sweep.js')
const startedMs = performance.now()
/** @type {Record<'leader' | 'follower', number>} */
const calls = await countCalls()
console.log(`${calls.leader} calls of the leader, ${calls.follower} of the follower`)

/** @param {'leader' | 'follower'} role */
function pointsOf(role) {
	if (values.side !== 'both' && values.side !== role) return []
	const last = to ?? from ?? calls[role]
	const share = Math.round(
		((many ?? (action === 'errno' ? 300 : 0)) * calls[role]) /
			(values.side === 'both' ? calls.leader + calls.follower : calls[role]),
	)
	const chosen =
		from === undefined && share > 0
			? spread(share, calls[role])
			: Array.from({length: last - (from ?? 1) + 1}, (_, i) => (from ?? 1) + i)
	if (action === 'kill') return kills(role, chosen)
	return action === 'errno' ? errors(role, chosen) : chosen.map((at) => ({role, at, action}))
}

const points = [...pointsOf('leader'), ...pointsOf('follower')]
let done = 0
const verdicts = await sweep(points, jobs, (/** @type {{wrong: readonly unknown[]}} */ verdict) => {
	done++
	if (verdict.wrong.length > 0) console.log(faultOf(verdict))
	else if (done % 25 === 0) console.log(`${done} of ${points.length}`)
})
const hit = verdicts.filter((/** @type {{call?: string}} */ {call}) => call !== undefined).length
const failed = verdicts.filter((/** @type {{wrong: readonly unknown[]}} */ {wrong}) => wrong.length > 0).length
const counts = countKinds(verdicts).map((/** @type {[string, number]} */ [kind, count]) => `${count} ${kind}`)
console.log(
	`${points.length} points (${hit} hit) in ${Math.round((performance.now() - startedMs) / 1000)} s: ${counts.join(', ')}`,
)
console.log(`${points.length - failed} passed, ${failed} failed`)
process.exit(failed === 0 && points.length > 0 ? 0 : 1)
