// npm run demo: two nodes sync a real tree of more than 5,000 files, with changes and conflicts on both sides. Checks every result.
// Works in its own temporary folder and removes it. Exits with 0 only if every check holds.
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {Changes} from './lib/demo-changes.js'
import {differences, sharing, snapshot, tally} from './lib/demo-look.js'
import {introduce, makeNode, serve, stopAll, sync} from './lib/demo-pair.js'
import {
	bold,
	Checks,
	dim,
	green,
	megabytes,
	red,
	say,
	seconds,
	some,
	tolerateClosedPipe,
	whole,
} from './lib/demo-show.js'
import {countTree, takeRealTree} from './lib/demo-tree.js'

const leastFiles = 5000
/** A demo that takes longer is aborted (ms). */
const deadlineMs = 120_000
/** Bytes on the wire allowed for each changed entry and for a connection, in addition to contents. */
const wireOverhead = {connection: 64 * 1024, entry: 600}

const root = fileURLToPath(new URL('..', import.meta.url))
const base = mkdtempSync(join(tmpdir(), 'filesync-demo-'))
const checks = new Checks()

const cleanUp = () => {
	stopAll()
	rmSync(base, {recursive: true, force: true, maxRetries: 5, retryDelay: 50})
}
process.on('exit', cleanUp)
for (const [signal, code] of /** @type {const} */ ([
	['SIGINT', 130],
	['SIGTERM', 143],
	['SIGHUP', 129],
]))
	process.on(signal, () => process.exit(code))
tolerateClosedPipe()
setTimeout(() => {
	say(red(`The demo did not end within ${deadlineMs / 1000} s`))
	process.exit(1)
}, deadlineMs).unref()

/** @param {string} name @param {string} value */
const fact = (name, value) => say(`  ${dim(name.padEnd(8))} ${value}`)
/** @param {number} number @param {string} title */
const headline = (number, title) => say(`\n  ${bold(`${number}  ${title}`)}`)

/** Makes the pair: the phone listens, the laptop has the tree. */
async function prepare() {
	const laptop = await makeNode(join(base, 'laptop'), 'laptop')
	const phone = await makeNode(join(base, 'phone'), 'phone')
	const taken = takeRealTree(root, laptop.root, leastFiles)
	const {files, folders, links, bytes} = countTree(laptop.root)
	fact('tree', `${some(files, 'real file')}, ${megabytes(bytes)}, ${some(folders, 'folder')}, ${some(links, 'link')}`)
	fact('', taken.map((part) => `${part.what} (${whole(part.files)})`).join(', '))
	introduce(phone, laptop, {port: null})
	const node = await serve(phone)
	introduce(laptop, phone, {port: node.port})
	fact('laptop', `${dim('certificate')} ${laptop.fingerprint.slice(0, 23)}…`)
	fact('phone', `${dim('certificate')} ${phone.fingerprint.slice(0, 23)}…  filesync serve, port ${node.port}`)
	return {laptop, phone, node}
}

/** @typedef {Awaited<ReturnType<typeof makeNode>>} DemoNode */

/** @param {DemoNode} laptop @param {DemoNode} phone */
function equalNow(laptop, phone) {
	const here = snapshot(laptop.root)
	const there = snapshot(phone.root)
	const {files, folders, links} = tally(here)
	const what = `${some(files, 'file')} by SHA-256, ${some(folders, 'folder')}, ${some(links, 'link')}, modes and times`
	const faults = [...differences(there, here), ...sharing(here), ...sharing(there)]
	checks.none(faults, `both sides are equal: ${what}`)
	return here
}

/** @param {DemoNode} laptop @param {DemoNode} phone */
async function firstSync(laptop, phone) {
	headline(1, 'first sync: the laptop has everything, the phone nothing')
	const {result, ms} = await sync(laptop)
	const seen = equalNow(laptop, phone)
	const {files, bytes} = tally(seen)
	const sec = ms / 1000
	say(
		`     ${bold(`${some(files, 'file')}, ${megabytes(bytes)} in ${seconds(ms)}`)}: ${(bytes / 1e6 / sec).toFixed(0)} MB/s, ${whole(files / sec)} files/s`,
	)
	checks.that(
		result.pushed === seen.size && result.conflicts.length === 0,
		`${whole(result.pushed)} entries pushed, no conflict`,
	)
	return seen
}

/** @param {import('./lib/demo-changes.js').Done} done */
function told({edited, created, deleted, renamed}) {
	const folders = renamed.map(({from, files, bytes}) => `${from} renamed (${some(files, 'file')}, ${megabytes(bytes)})`)
	return `${edited} edited, ${created} new, ${deleted} deleted, ${folders.join(', ')}`
}

/** @param {DemoNode} laptop @param {DemoNode} phone @param {import('./lib/demo-look.js').Snapshot} before */
async function changesOnBothSides(laptop, phone, before) {
	headline(2, 'changes on both sides, then a sync')
	const changes = new Changes({laptop: laptop.root, phone: phone.root}, before, Date.now())
	say(`     laptop: ${told(changes.done.laptop)}`)
	say(`     phone:  ${told(changes.done.phone)}`)
	say(`     both:   ${changes.clashes.length} files edited differently`)
	const {result, ms} = await sync(laptop)
	const wire = result.bytes_sent + result.bytes_received
	say(
		`     ${bold(`${whole(result.pushed)} pushed, ${whole(result.pulled)} pulled, ${whole(result.renamed)} renamed, ${result.deleted_local + result.deleted_remote} deleted, ${some(result.conflicts.length, 'conflict')} in ${seconds(ms)}`)}, ${megabytes(wire)} on the wire`,
	)
	const after = equalNow(laptop, phone)
	checks.none(
		conflictFaults(changes, result.conflicts),
		'the later edit kept the name, the earlier one is kept beside it',
	)
	const [shown] = result.conflicts
	if (shown !== undefined) say(dim(`         ${shown.path}\n         ${shown.copy}`))
	changes.expectCopies(result.conflicts)
	checks.none(differences(after, changes.expected, {times: false}), 'every file, folder and link is what it should be')
	const back = changes.gone.filter((path) => after.has(path))
	checks.none(back, `${some(changes.gone.length, 'deleted or renamed path')} gone on both sides`)
	const lost = changes.survivors.filter((path) => !after.has(path))
	checks.none(lost, `${some(changes.survivors.length, 'file')} edited here and deleted there: the edits stayed`)
	const moved = [...changes.done.laptop.renamed, ...changes.done.phone.renamed].reduce((sum, {bytes}) => sum + bytes, 0)
	const allowed = changes.due.bytes + wireOverhead.connection + wireOverhead.entry * changes.due.entries
	checks.that(wire <= allowed, `${megabytes(moved)} were renamed, none of it crossed the wire`, [
		`${wire} bytes crossed, ${allowed} were to be expected`,
	])
	return after
}

/** @param {Changes} changes @param {readonly {path: string, winner: string, copy: string}[]} conflicts */
function conflictFaults(changes, conflicts) {
	const faults = changes.clashes.flatMap(({path, winner, loser}) => {
		const found = conflicts.find((conflict) => conflict.path === path)
		if (found === undefined) return [`no conflict told: ${path}`]
		const kept = found.winner === 'local' ? 'laptop' : 'phone'
		const name = new RegExp(`\\.sync-conflict-\\d{8}-\\d{6}-${loser}(\\.|$)`)
		return [
			...(kept === winner ? [] : [`the ${kept} won, not the ${winner}: ${path}`]),
			...(name.test(found.copy) ? [] : [`not a copy of the ${loser}: ${found.copy}`]),
		]
	})
	const other = conflicts.filter(({path}) => !changes.clashes.some((clash) => clash.path === path))
	return [...faults, ...other.map(({path}) => `a conflict that is none: ${path}`)]
}

/** @param {DemoNode} laptop @param {DemoNode} phone @param {import('./lib/demo-look.js').Snapshot} before */
async function nothingToDo(laptop, phone, before) {
	headline(3, 'sync once more: nothing to do')
	const {result, ms} = await sync(laptop, {args: ['--verbose']})
	const wire = result.bytes_sent + result.bytes_received
	say(
		`     ${bold(`${some(before.size, 'entry').replace('entrys', 'entries')} looked at on each side in ${seconds(ms)}`)}, ${whole(wire)} bytes on the wire`,
	)
	const {pushed, pulled, deleted_local, deleted_remote, renamed, metadata, conflicts, problems, actions} = result
	const done =
		pushed + pulled + deleted_local + deleted_remote + renamed + metadata + conflicts.length + problems.length
	checks.that(
		done === 0 && wire < wireOverhead.connection,
		'nothing was transferred, nothing changed',
		[...actions, ...problems].map((one) => JSON.stringify(one)),
	)
	const faults = [laptop, phone].flatMap(({root: folder}) => differences(snapshot(folder), before))
	checks.none(faults, 'both folders are as they were')
}

const startedAt = performance.now()
say(`\n  ${bold('FileSync: two nodes on this machine, over loopback, with the installed program')}\n`)
try {
	const {laptop, phone, node} = await prepare()
	const first = await firstSync(laptop, phone)
	const second = await changesOnBothSides(laptop, phone, first)
	await nothingToDo(laptop, phone, second)
	const code = await node.stop()
	checks.that(code === 0, 'filesync serve ended cleanly', [`it ended with ${code}:`, node.said()])
} catch (error) {
	const [what = '', ...faults] = (error instanceof Error ? error.message : String(error)).split('\n')
	checks.that(false, what, faults)
} finally {
	stopAll()
}
const took = seconds(performance.now() - startedAt)
if (checks.failed === 0) say(`\n  ${green(`All ${checks.passed} checks hold.`)} ${took} in all\n`)
else say(`\n  ${red(`${checks.failed} of ${checks.passed + checks.failed} checks failed.`)} ${took} in all\n`)
process.exitCode = checks.failed === 0 ? 0 : 1
