// Starts other programs and ends them again: by their own process ids, never by name. Owns what is still running.
import {spawn, spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {createServer} from 'node:net'
import {delimiter, join} from 'node:path'

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

/** Starts a program that stays. @param {string} program @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
export function startProgram(program, args, env = process.env) {
	const child = spawn(program, args, {env, stdio: 'ignore'})
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
				setTimeout(() => child.kill('SIGKILL'), 5000).unref()
			}),
	}
}

/**
 * Runs a program to its end and tells how long that took. Throws when it does not end with 0.
 * @param {string} program @param {string[]} args @param {NodeJS.ProcessEnv} [env] @returns {Promise<number>} ms
 */
export function timed(program, args, env = process.env) {
	return new Promise((resolve, reject) => {
		const startedAt = performance.now()
		const child = spawn(program, args, {env, stdio: ['ignore', 'ignore', 'pipe']})
		running.add(child)
		let said = ''
		child.stderr.setEncoding('utf8').on('data', (text) => {
			said = (said + text).slice(-2000)
		})
		let ms = 0
		child.once('exit', () => {
			ms = performance.now() - startedAt
		})
		child.once('error', reject)
		child.once('close', (code) => {
			running.delete(child)
			if (code === 0) resolve(ms)
			else reject(new Error(`${program} ended with ${code}: ${said}`))
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
