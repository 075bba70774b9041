// What a command loads before it does what it is there for, and in which order it begins: each module too many is there at every
// start. Looks at the built program from inside, by a file that is loaded ahead of it.
import assert from 'node:assert/strict'
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
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
			if (!notes.scan && process.env.START_EDIT) require('node:fs').writeFileSync(...JSON.parse(process.env.START_EDIT))
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
 * The files of the program and its libraries that were loaded at each moment; their names without folder and hash. `at`: what happens
 * when the first scan is asked for: a file is written, a signal comes.
 */
async function notesOf(
	device: Device,
	code: number,
	args: readonly string[],
	at: {readonly edit?: readonly [file: string, text: string]; readonly signal?: string} = {},
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
		START_EDIT: at.edit && JSON.stringify(at.edit),
		START_SIGNAL: at.signal,
	}
	const outcome = await run([...args, '--config', device.config], {...options, env})
	assert.equal(outcome.code, code, told(outcome))
	const raw: Partial<Record<Moment, string[]>> = JSON.parse(readFileSync(notes, 'utf8'))
	const name = (file: string): string =>
		/node_modules[\\/](.*)$/.exec(file)?.[1]?.replaceAll('\\', '/') ??
		file.replace(/^.*[\\/]/, '').replace(/-[A-Z0-9]{8}\.js$/, '')
	return {
		...Object.fromEntries(Object.entries(raw).map(([moment, files]) => [moment, files.map(name)])),
		said: outcome.stdout,
	}
}

const native = /^(classic-level\/(binding\.js|package\.json)|node-gyp-build\/.*|.*\.node)$/
/** What only help, a terminal or a damaged installation takes; and libraries that are not in the bundle. */
const unwanted = (files: readonly string[] = []): string[] =>
	files.filter((file) => /^oclif-|^tasks|^top|^log-update/.test(file) || (file.includes('/') && !native.test(file)))

describe('e2e: the start of a command', () => {
	it('a sync: the scanning thread, the dial, the folder, then all else; and nothing that it does not use', async () => {
		const {alpha} = new Pair({name: 'start-sync'})
		alpha.connectTo(await freePort())
		const {thread = [], dial = [], scan = [], end = []} = await notesOf(alpha, 3, ['sync'])
		assert.ok(thread.includes('head-start'))
		for (const files of [thread, dial, scan])
			assert.deepEqual(
				files.filter((file) => /^(oclif|base|sync)/.test(file)),
				[],
			)
		assert.ok(dial.includes('begun-sync'))
		assert.deepEqual(
			dial.filter((file) => /^setup|\.node$/.test(file)),
			[],
		)
		assert.ok(scan.includes('open-replica'))
		assert.ok(end.includes('sync-once'))
		assert.deepEqual(unwanted(end), [])
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
				assert.deepEqual(
					notes.end?.filter((file) => /-here$|^sync-folder|\.node$/.test(file)),
					[],
				)
			}
		} finally {
			await node.stop()
		}
	})

	for (const words of [['--bogus'], ['--force'], ['extra'], ['--config', 'elsewhere.json'], ['-h']])
		it(`a sync that says ${words.join(' ')} is not begun before its command is parsed`, async () => {
			const {alpha} = new Pair({name: 'start-odd'})
			alpha.connectTo(await freePort())
			const {scan, dial} = await notesOf(alpha, words.includes('-h') ? 0 : 2, ['sync', ...words])
			assert.deepEqual([scan, dial, existsSync(alpha.stateDir)], [undefined, undefined, false])
		})

	it('a sync that was begun by a config that is another one by then is let go, and begins anew', () =>
		withPair({name: 'start-anew'}, async ({alpha, beta}) => {
			alpha.dir.write('a', 'content')
			alpha.dir.write('b', 'content')
			const config = readFileSync(alpha.config, 'utf8')
			const edited = JSON.stringify({...JSON.parse(config), ignore: ['b']})
			const {'another thread': another = []} = await notesOf(alpha, 0, ['sync'], {edit: [alpha.config, edited]})
			assert.ok(another.includes('sync-here'))
			assert.deepEqual(beta.dir.tree, {a: 'content'})
		}))

	for (const signal of ['SIGINT', 'SIGTERM'])
		it(`${signal} while the folder is looked at and the command is not there yet is an interruption`, () =>
			withPair({name: 'start-signal'}, async ({alpha, beta}) => {
				alpha.dir.write('a', 'content')
				const {said} = await notesOf(alpha, 130, ['sync', '--json'], {signal})
				assert.equal(JSON.parse(said).error.code, 'INTERRUPTED')
				assert.deepEqual(beta.dir.tree, {})
				assert.equal((await alpha.result(['sync'])).pushed, 1)
			}))

	it('a sync is not begun where the socket of its node lies elsewhere, because of a long state_dir', () =>
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
