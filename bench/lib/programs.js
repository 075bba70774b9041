// Starts other programs and ends them again: by their own process ids, never by name. Owns what is still running.
import {fork, spawn, spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {createServer} from 'node:net'
import {delimiter, join} from 'node:path'

/** How long a program may take to end when asked, in ms. */
const patienceMs = 5000
/** The end of what a program printed is kept, this many characters. */
const saidChars = 4000

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()

/** Where a program lies, or undefined. sshd wants to be called by its whole path. @param {string} program */
export function find(program) {
	const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
	return folders.map((folder) => join(folder, program)).find((file) => existsSync(file))
}

/** First line of what a program says with these arguments. @param {string} program @param {string[]} args */
export function firstLine(program, args) {
	const {stdout, stderr} = spawnSync(program, args, {encoding: 'utf8'})
	return `${stdout ?? ''}${stderr ?? ''}`.split('\n', 1)[0]?.trim() ?? ''
}

/** @param {import('node:child_process').ChildProcess} child */
function keep(child) {
	running.add(child)
	child.once('close', () => running.delete(child))
	return {
		child,
		/** @returns {Promise<void>} */
		stop: () =>
			new Promise((resolve) => {
				if (child.exitCode !== null || child.signalCode !== null) return resolve()
				child.once('close', () => resolve())
				child.kill('SIGTERM')
				setTimeout(() => child.kill('SIGKILL'), patienceMs).unref()
			}),
	}
}

/** Starts a program that stays. @param {string} program @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
export const startProgram = (program, args, env = process.env) => keep(spawn(program, args, {env, stdio: 'ignore'}))

/**
 * Starts a script of the bench that stays, and waits for the first message it sends.
 * @param {string} script @param {string[]} args
 */
export async function forkProgram(script, args) {
	const kept = keep(fork(script, args, {stdio: ['ignore', 'ignore', 'inherit', 'ipc']}))
	/** @type {Record<string, number>} */
	const first = await new Promise((resolve, reject) => {
		kept.child.once('message', (message) => resolve(/** @type {Record<string, number>} */ (message)))
		kept.child.once('close', (code) => reject(new Error(`${script} ended with ${code} before it was ready`)))
	})
	return {...kept, first}
}

/**
 * Runs a program to its end and tells how long that took and what it printed. Throws when it does not end with 0.
 * @param {string} program @param {string[]} args
 * @param {{env?: NodeJS.ProcessEnv, onStart?: (pid: number) => void}} [options]
 * @returns {Promise<{ms: number, stdout: string}>}
 */
export function timed(program, args, {env = process.env, onStart} = {}) {
	return new Promise((resolve, reject) => {
		const startedAt = performance.now()
		const child = spawn(program, args, {env, stdio: ['ignore', 'pipe', 'pipe']})
		running.add(child)
		if (child.pid !== undefined) onStart?.(child.pid)
		const said = {stdout: '', stderr: ''}
		for (const name of /** @type {const} */ (['stdout', 'stderr']))
			child[name].setEncoding('utf8').on('data', (text) => {
				said[name] = (said[name] + text).slice(-saidChars)
			})
		let ms = 0
		child.once('exit', () => {
			ms = performance.now() - startedAt
		})
		child.once('error', reject)
		child.once('close', (code) => {
			running.delete(child)
			if (code === 0) resolve({ms, stdout: said.stdout})
			else reject(new Error(`${program} ended with ${code}: ${said.stderr}`))
		})
	})
}

/** A port that nobody uses now. @returns {Promise<number>} */
export const freePort = () =>
	new Promise((resolve, reject) => {
		const server = createServer()
		server.once('error', reject)
		server.listen(0, '127.0.0.1', () => {
			const address = server.address()
			server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
		})
	})

/** Asks until it is so. @param {() => Promise<boolean>} check @param {string} what @param {number} [withinMs] */
export async function until(check, what, withinMs = 30_000) {
	const startedAt = performance.now()
	while (!(await check())) {
		if (performance.now() - startedAt > withinMs) throw new Error(`${what} not within ${withinMs} ms`)
		await new Promise((resolve) => setTimeout(resolve, 20))
	}
}

/** Ends everything that is still running, at once. */
export function killPrograms() {
	for (const child of running) child.kill('SIGKILL')
}
