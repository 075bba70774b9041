// Compiles the tests into .build/ and runs them with mocha under a given Node, in several processes at once.
// Each process's reporter writes its counts to a file.
import {spawn} from 'node:child_process'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {availableParallelism, tmpdir} from 'node:os'
import {join, relative, resolve, sep} from 'node:path'
import {run} from './run.js'

/** @typedef {{passed: number, failed: number, skipped: number}} Counts */
/** `causes`: name and message of each failed test. @typedef {{name: string, sec: number, failed: number, causes: string[]}} Ended */
/** Test files that one process runs. `name`: what `npm test --` takes. @typedef {{name: string, files: string[]}} Unit */

/** Folders whose files run in one process each, because they start programs or take seconds. Any other folder is one process. */
const byFile = new Set(['e2e', 'engine', 'faults', 'folding', 'hostile', 'index', 'tree'])

/** Lines of a failure in the summary. */
const causeLines = 30

/** The longest units start first, so that none of them runs alone at the end. Affects only the order. */
const longest = ['faults/', 'e2e/exit-', 'hostile/', 'index/process', 'engine/part-scan', 'e2e/', 'engine/', 'net']

/** Compiles src/ and test/ with source maps, from scratch. @param {string} root */
export function compileTests(root) {
	rmSync(join(root, '.build'), {recursive: true, force: true})
	run('tsc', ['-p', 'tsconfig.test.json'], {cwd: root})
}

/**
 * Parses the arguments: `test/x.test.ts` and folders below test/ become compiled test files, `--jobs N` is for this file, all other
 * options are mocha's.
 * @param {string} root @param {string[]} args
 */
export function parseArgs(root, args) {
	const withValue = new Set(['-g', '--grep', '-f', '--fgrep', '-t', '--timeout'])
	/** @type {string[]} */
	const files = []
	const options = []
	// Tests wait more than they compute. Still more processes would not end sooner.
	let jobs = availableParallelism() + 1
	for (let i = 0; i < args.length; i++) {
		const arg = args[i] ?? ''
		if (arg === '--jobs') jobs = Number(args[++i])
		else if (withValue.has(arg)) options.push(arg, args[++i] ?? '')
		else if (arg.startsWith('-')) options.push(arg)
		else files.push(...testFiles(join(root, '.build', relative(root, resolve(root, arg))), arg))
	}
	if (!Number.isInteger(jobs) || jobs < 1) throw new Error('--jobs wants a whole number of 1 or more')
	return {jobs, options, files: files.length > 0 ? [...new Set(files)] : testFiles(join(root, '.build/test'), 'test')}
}

/** @param {string} path compiled @param {string} given as it was given @returns {string[]} */
function testFiles(path, given) {
	const compiled = path.replace(/\.ts$/, '.js')
	if (!existsSync(compiled)) throw new Error(`no such test: ${given}`)
	if (!statSync(compiled).isDirectory()) return [compiled]
	return readdirSync(compiled, {recursive: true, encoding: 'utf8'})
		.filter((file) => file.endsWith('.test.js'))
		.sort()
		.map((file) => join(compiled, file))
}

/** The units, longest first. @param {string} root @param {readonly string[]} files @returns {Unit[]} */
function unitsOf(root, files) {
	/** @type {Map<string, string[]>} */
	const units = new Map()
	for (const file of files) {
		const path = relative(join(root, '.build/test'), file).split(sep)
		const name = byFile.has(path[0] ?? '') ? path.join('/').replace(/\.js$/, '.ts') : (path[0] ?? '')
		units.set(name, [...(units.get(name) ?? []), file])
	}
	const rank = (/** @type {string} */ name) => {
		const at = longest.findIndex((start) => name.startsWith(start))
		return at < 0 ? longest.length : at
	}
	return [...units].sort(([a], [b]) => rank(a) - rank(b)).map(([name, own]) => ({name: `test/${name}`, files: own}))
}

/**
 * Runs one unit. A process that writes no counts, or whose exit code does not fit them, counts as one failure.
 * @param {Unit} unit @param {{root: string, node: string, options: string[], file: string, live: boolean}} how
 * `file`: where its counts go; `live`: its output goes to the terminal at once
 * @returns {Promise<Counts & {output: string, causes?: string[]}>}
 */
async function runUnit(unit, {root, node, options, file, live}) {
	// Long enough for a busy machine: the timeout is for tests that hang.
	const reporter = join(root, 'scripts/lib/reporter.cjs')
	const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
	const args = ['--enable-source-maps', mocha, '--timeout', '120000', '--reporter', reporter, ...options, ...unit.files]
	const child = spawn(node, args, {
		cwd: root,
		stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
		env: {...process.env, FILESYNC_TEST_COUNTS: file},
	})
	let output = ''
	for (const stream of [child.stdout, child.stderr])
		stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
			output += text
		})
	/** @type {number | null} */
	const status = await new Promise((ended, failed) => {
		child.once('error', failed)
		child.once('close', ended)
	})
	const counts = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {passed: 0, failed: 0, skipped: 0}
	if (counts.failed === 0 && status !== 0) counts.failed = 1
	return {...counts, output}
}

/**
 * Runs the compiled tests. Prints the output of a process when it has ended; with `quiet` only returns it.
 * @param {{root: string, node?: string, args: string[], quiet?: boolean}} options @returns {Promise<Counts & {output: string}>}
 */
export async function runSuite({root, node = process.execPath, args, quiet = false}) {
	const {jobs, options, files} = parseArgs(root, args)
	const units = unitsOf(root, files)
	const folder = mkdtempSync(join(tmpdir(), 'filesync-suite-'))
	const live = !quiet && units.length === 1
	const total = {passed: 0, failed: 0, skipped: 0, output: ''}
	/** @param {string} text */
	const tell = (text) => {
		total.output += text
		if (!quiet) process.stdout.write(text)
	}
	/** @type {Ended[]} */
	const ended = []
	const waiting = units.entries()
	const worker = async () => {
		for (const [index, unit] of waiting) {
			const startedMs = performance.now()
			const file = join(folder, `${index}.json`)
			const {output, causes = [], ...counts} = await runUnit(unit, {root, node, options, file, live})
			ended.push({name: unit.name, sec: (performance.now() - startedMs) / 1000, failed: counts.failed, causes})
			for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) total[key] += counts[key]
			// With --grep most units run no test.
			if (counts.passed + counts.failed + counts.skipped > 0) tell(output)
		}
	}
	try {
		await Promise.all(Array.from({length: Math.min(jobs, units.length)}, worker))
		if (units.length > 1) tell(summary(ended))
		return total
	} finally {
		rmSync(folder, {recursive: true, force: true})
	}
}

/** The longest units, and last those that failed, with causes and the command that repeats them. @param {Ended[]} ended */
function summary(ended) {
	const slowest = ended.toSorted((a, b) => b.sec - a.sec).slice(0, 8)
	const failed = ended.filter((unit) => unit.failed > 0)
	return [
		`longest: ${slowest.map(({name, sec}) => `${name} ${sec.toFixed(0)} s`).join(', ')}`,
		...failed.flatMap((unit) => unit.causes.map((cause) => `\n${indented(cause)}`)),
		...failed.map((unit) => `FAILED (${unit.failed}): npm test -- ${unit.name}`),
		'',
	].join('\n')
}

/** The first lines of a text, below its first one by two spaces. @param {string} text */
const indented = (text) =>
	text
		.split(/(?:\s*\n)+/)
		.slice(0, causeLines)
		.join('\n  ')

/** Prints the last line of a test run and sets the exit code. @param {Counts} counts */
export function conclude({passed, failed, skipped}) {
	if (skipped > 0) console.log(`${skipped} skipped (listed above with "-")`)
	if (passed + failed === 0) console.log('no test was run')
	if (failed > 0 || passed === 0) process.exitCode = 1
	console.log(`${passed} passed, ${failed} failed`)
}
