// In which order a command begins what takes long, and which files it loads until then: each file too many costs every start. Looks at the
// built program from inside, by a file that is loaded ahead of it.
import assert from 'node:assert/strict'
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import type {Device} from './support/pair.js'
import {Pair, withPair} from './support/pair.js'
import {run, told} from './support/program.js'
import {freePort} from './support/relay.js'
import {tempFolder} from './support/temp.js'

/** Notes the files that are loaded when a thread is started, something is dialled, a scan is asked for, and at the end. */
const recorder = `
const {isMainThread, Worker} = require('node:worker_threads')
const net = require('node:net')
const notes = {}
const note = (what) => { notes[what] ??= Object.keys(require.cache) }
if (isMainThread) {
	require('node:worker_threads').Worker = class extends Worker {
		constructor(...args) { note(notes.thread ? 'another thread' : 'thread'); super(...args) }
		postMessage(...args) {
			if (!notes.scan && process.env.START_SIGNAL) process.kill(process.pid, process.env.START_SIGNAL)
			note('scan')
			super.postMessage(...args)
		}
	}
	const {connect} = net
	net.connect = (...args) => { note(typeof args[0] === 'string' ? 'node' : 'dial'); return connect(...args) }
	process.on('exit', () => {
		note('end')
		require('node:fs').writeFileSync(process.env.START_NOTES, JSON.stringify(notes))
	})
}
`

type Moment = 'thread' | 'another thread' | 'node' | 'dial' | 'scan' | 'end'

/**
 * The files of the program and its libraries that were loaded at each moment, which come in their order in time; a file of the program by
 * its name. `signal`: comes when the first scan is asked for.
 */
async function notesOf(
	device: Device,
	code: number,
	args: readonly string[],
	signal?: string,
): Promise<Partial<Record<Moment, string[]>> & {readonly said: string}> {
	const folder = tempFolder('start')
	const ahead = join(folder, 'recorder.cjs')
	const notes = join(folder, 'notes.json')
	writeFileSync(ahead, recorder)
	const {options} = device
	const env = {
		...options.env,
		NODE_OPTIONS: `--require ${ahead}`,
		START_NOTES: notes,
		START_SIGNAL: signal,
	}
	const outcome = await run([...args, '--config', device.config], {...options, env})
	assert.equal(outcome.code, code, told(outcome))
	const raw: Partial<Record<Moment, string[]>> = JSON.parse(readFileSync(notes, 'utf8'))
	const name = (file: string): string =>
		/node_modules[\\/](.*)$/.exec(file)?.[1]?.replaceAll('\\', '/') ?? basename(file)
	return {
		...Object.fromEntries(Object.entries(raw).map(([moment, files]) => [moment, files.map(name)])),
		said: outcome.stdout,
	}
}

const native = /^(classic-level\/(binding\.js|package\.json)|node-gyp-build\/.*|.*\.node)$/
const own = new Set(['run.js', 'recorder.cjs', 'program.js'])
/** Files that a command does without. */
const unwanted = (files: readonly string[] = []): string[] =>
	files.filter((file) => !own.has(file) && !native.test(file))
const isDatabase = (file: string): boolean => file.endsWith('.node')

describe('e2e: the start of a command', () => {
	it('a sync: the scanning thread, the dial, the folder, then the scan; one thread, and no file that it does not use', async () => {
		const {alpha} = new Pair({name: 'start-sync'})
		alpha.connectTo(await freePort())
		const {said: _, ...notes} = await notesOf(alpha, 3, ['sync'])
		assert.deepEqual(Object.keys(notes), ['thread', 'dial', 'scan', 'end'])
		assert.deepEqual(notes.dial?.filter(isDatabase), [])
		assert.equal(notes.scan?.filter(isDatabase).length, 1)
		assert.deepEqual(unwanted(notes.end), [])
	})

	it('a node that starts scans by the thread that was started ahead of it', async () => {
		const {alpha} = new Pair({name: 'start-watch'})
		alpha.connectTo(await freePort())
		const notes = await notesOf(alpha, 0, ['watch'], 'SIGTERM')
		assert.equal(notes.thread?.filter(isDatabase).length, 0)
		assert.equal(notes.scan?.filter(isDatabase).length, 1)
		assert.equal(notes['another thread'], undefined)
	})

	it('a sync and a status that a node takes: no thread, no dial, no database', async () => {
		const {alpha} = new Pair({name: 'start-asked'})
		alpha.connectTo(await freePort())
		const node = alpha.start('serve')
		try {
			await node.line(/Listening/i)
			for (const [args, code] of [
				[['sync'], 3],
				[['status', '--offline'], 0],
			] as const) {
				const notes = await notesOf(alpha, code, args)
				assert.deepEqual([notes.thread, notes.dial], [undefined, undefined])
				assert.ok(notes.node !== undefined)
				assert.deepEqual(unwanted(notes.end), [])
				assert.deepEqual(notes.end?.filter(isDatabase), [])
			}
		} finally {
			await node.stop()
		}
	})

	for (const words of [
		['--bogus'],
		['--first-sync', '--bogus'],
		['--force=no'],
		['extra'],
		['--config', 'elsewhere.json'],
		['-h'],
	])
		it(`a sync that says ${words.join(' ')} dials nobody and opens no folder`, async () => {
			const {alpha} = new Pair({name: 'start-odd'})
			alpha.connectTo(await freePort())
			const {scan, dial} = await notesOf(alpha, words.includes('-h') ? 0 : 2, ['sync', ...words])
			assert.deepEqual([scan, dial, existsSync(alpha.stateDir)], [undefined, undefined, false])
		})

	for (const signal of ['SIGINT', 'SIGTERM'])
		it(`${signal} while the folder is scanned is an interruption`, () =>
			withPair({name: 'start-signal'}, async ({alpha, beta}) => {
				alpha.dir.write('a', 'content')
				const {said} = await notesOf(alpha, 130, ['sync', '--json'], signal)
				assert.equal(JSON.parse(said).error.code, 'INTERRUPTED')
				assert.deepEqual(beta.dir.tree, {})
				assert.equal((await alpha.result(['sync'])).pushed, 1)
			}))

	it('a node whose socket lies elsewhere, because of a long state_dir, takes the sync', () =>
		withPair({name: 'start-deep', alpha: {state_dir: `state${'/deep'.repeat(20)}`}}, async ({alpha, beta, server}) => {
			const node = alpha.start('serve')
			try {
				await node.line(/Server listening/)
				alpha.dir.write('a', 'content')
				const {scan, dial} = await notesOf(alpha, 0, ['sync'])
				assert.deepEqual([scan, dial], [undefined, undefined])
				assert.deepEqual(beta.dir.tree, {a: 'content'})
				assert.doesNotMatch(server?.said ?? '', /fail|lost|refused/i)
			} finally {
				await node.stop()
			}
		}))
})
