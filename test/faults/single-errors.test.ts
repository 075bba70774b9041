// One passing error of the disk or the process, here or on the peer, in nodes that run or that start: both live on, and are in sync
// afterwards without a restart.
import assert from 'node:assert/strict'
import {join} from 'node:path'
import {concurrently} from '../e2e/support/concurrent.js'
import {type Device, Pair} from '../e2e/support/pair.js'
import {Program, told, until} from '../e2e/support/program.js'
import {noInjection} from './support/inject.js'
import {type Failing, failFromStart, failIn, type SingleError} from './support/single-error.js'

interface Row {
	readonly name: string
	readonly error: (device: Device) => SingleError
}

const row = (call: string, error: string, what = '', path?: (root: string) => string): Row => ({
	name: `${error} of ${call}${what === '' ? '' : ` of ${what}`}`,
	error: ({dir}) => (path === undefined ? {call, error} : {call, error, path: path(dir.path)}),
})

const rules = (root: string): string => join(root, '.filesyncignore')

/** In a node that runs. */
const running: readonly Row[] = [
	row('fdatasync', 'EIO', 'the index'),
	row('fdatasync', 'ENOSPC', 'the index'),
	row('openat', 'EMFILE', 'the root', (root) => root),
	row('openat', 'EIO', 'the root', (root) => root),
	row('openat', 'EMFILE', 'the rules', rules),
	row('openat', 'EIO', 'the rules', rules),
	row('unlink', 'EROFS', 'the cookie of the watcher'),
	row('openat', 'EMFILE', 'anything'),
	row('accept4', 'EMFILE'),
	row('fsync,syncfs', 'EIO', 'contents'),
	row('statx', 'EIO', 'the root', (root) => root),
]

/** From its start on. */
const starting: readonly Row[] = [
	row('fdatasync', 'EIO', 'the index'),
	row('openat', 'EMFILE', 'the root', (root) => root),
	row('openat', 'EIO', 'the rules', rules),
	row('statx', 'EIO', 'the root', (root) => root),
]

const settings = {rescan_interval_sec: 2, debounce_ms: 50}

/** A change on each side arrives at the other. */
async function assertSyncs(pair: Pair, name: string): Promise<void> {
	const {alpha, beta} = pair
	alpha.dir.write(`alpha ${name}`, 'of alpha')
	beta.dir.write(`beta ${name}`, 'of beta')
	await until(`both edits ${name} the error`, () => beta.dir.has(`alpha ${name}`) && alpha.dir.has(`beta ${name}`))
}

async function assertEnds(...programs: readonly Program[]): Promise<void> {
	for (const program of programs) {
		const outcome = await program.stop()
		assert.equal(outcome.code, 0, told(outcome))
		assert.doesNotMatch(outcome.stderr, /^\s+at /m, told(outcome))
	}
}

async function inRunning(side: 'alpha' | 'beta', {error}: Row): Promise<void> {
	const pair = new Pair({name: 'single-error', settings})
	const {alpha} = pair
	alpha.dir.write('.filesyncignore', 'none\n')
	await pair.serve()
	const {server} = pair
	assert.ok(server !== undefined)
	const watch = alpha.start('watch')
	await assertSyncs(pair, 'before')
	const failing: Failing = await failIn((side === 'alpha' ? watch : server).pid, error(pair[side]))
	try {
		// What is not met by a change of each side is met by a request from outside.
		for (let i = 0; i < 20 && !failing.happened(); i++) {
			await assertSyncs(pair, `with ${i}`)
			if (!failing.happened()) await alpha.run('status')
		}
		await assertSyncs(pair, 'soon after')
	} finally {
		await failing.off()
	}
	// A call that this side never makes proves nothing.
	if (failing.happened()) await assertSyncs(pair, 'after')
	await assertEnds(watch, server)
	pair.assertSame()
}

async function inStarting(side: 'alpha' | 'beta', {error}: Row): Promise<void> {
	const pair = new Pair({name: 'error-at-start', settings})
	const {alpha, beta} = pair
	alpha.dir.write('.filesyncignore', 'none\n')
	const port = await pair.serve()
	await alpha.result(['sync'])
	await pair.close()
	const device = pair[side]
	const command = side === 'alpha' ? 'watch' : 'serve'
	beta.configure({server: {host: '127.0.0.1', port}})
	const {under, happened, off} = failFromStart(error(device))
	const first = new Program([command, '--config', device.config], {...device.options, under})
	const second = side === 'alpha' ? beta.start('serve') : alpha.start('watch')
	try {
		await until('the error', happened)
		off(first.pid)
		await assertSyncs(pair, 'after')
	} catch (error) {
		if (error instanceof Error) error.message += `\n--- it said\n${first.said}\n--- the other\n${second.said}`
		throw error
	}
	await assertEnds(first, second)
	pair.assertSame()
}

describe('one error that passes ends no node', function () {
	this.timeout(120_000)
	before(function () {
		if (noInjection !== undefined) this.skip()
	})
	const sides = [
		['alpha', 'watch'],
		['beta', 'serve'],
	] as const
	for (const [side, command] of sides) {
		describe(`in ${command}`, () => {
			concurrently(running.map((one) => ({name: one.name, run: () => inRunning(side, one)})))
		})
		describe(`when ${command} starts`, () => {
			concurrently(starting.map((one) => ({name: one.name, run: () => inStarting(side, one)})))
		})
	}
})
