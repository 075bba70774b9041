// Two nodes on this machine, driven by the real program: certificates, configs, `serve`, one-shot commands.
// Used by the demo and the benches. Never reads the synced folders.
import {spawn} from 'node:child_process'
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

/** The program: `node bin/run.js`, as it is installed. */
export const bin = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

/** Longest start of `serve` and `watch` (ms). */
const readyMs = 20_000

/** @typedef {{name: string, root: string, config: string, certs: string, env: NodeJS.ProcessEnv}} Node */
/** @typedef {{code: number | null, stdout: string, stderr: string, ms: number, peakKb: number}} Finished */

/** Peak memory of a running process in kB; 0: unknown (all systems but Linux). @param {number | undefined} pid */
export function peakKbOf(pid) {
	try {
		const status = readFileSync(`/proc/${pid}/status`, 'utf8')
		return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
	} catch {
		return 0
	}
}

/** Everything that was started here and runs still; `stopAll` ends it. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()

/** Ends what is still running, at once. */
export function stopAll() {
	for (const child of running) child.kill('SIGKILL')
}

/** @param {string[]} args @param {NodeJS.ProcessEnv} env */
function start(args, env) {
	const child = spawn(process.execPath, [bin, ...args], {env, stdio: ['ignore', 'pipe', 'pipe']})
	running.add(child)
	child.once('close', () => running.delete(child))
	return child
}

/**
 * Runs the program. With `sampleMs`, reads its peak memory at this interval: the kernel forgets it when the process ends.
 * @param {string[]} args @param {NodeJS.ProcessEnv} env @param {{sampleMs?: number}} [options] @returns {Promise<Finished>}
 */
export function filesync(args, env, {sampleMs = 0} = {}) {
	return new Promise((resolve, reject) => {
		const startedAt = performance.now()
		const child = start(args, env)
		const out = {stdout: '', stderr: '', peakKb: 0}
		child.stdout.setEncoding('utf8').on('data', (text) => {
			out.stdout += text
		})
		child.stderr.setEncoding('utf8').on('data', (text) => {
			out.stderr += text
		})
		const sample = () => {
			out.peakKb = Math.max(out.peakKb, peakKbOf(child.pid))
		}
		const timer = sampleMs > 0 ? setInterval(sample, sampleMs) : undefined
		let ms = 0
		child.once('exit', () => {
			ms = performance.now() - startedAt
		})
		child.once('error', reject)
		child.once('close', (code) => {
			clearInterval(timer)
			resolve({code, ms, ...out})
		})
	})
}

/** The environment of a node, without the user's own FileSync settings. @param {string} name @returns {NodeJS.ProcessEnv} */
function environment(name) {
	const {FILESYNC_CONFIG: _config, FORCE_COLOR: _color, ...rest} = process.env
	return {...rest, FILESYNC_NAME: name, NO_COLOR: '1'}
}

/**
 * Makes a node's folder below `home`, with certificate, config and an empty `files/`. `introduce` adds the peer.
 * @param {string} home @param {string} name @returns {Promise<Node & {fingerprint: string}>}
 */
export async function makeNode(home, name) {
	const certs = join(home, 'certs')
	const root = join(home, 'files')
	mkdirSync(root, {recursive: true})
	const env = environment(name)
	const made = await filesync(['certs', 'gen', '--name', name, '--out', certs, '--json'], env)
	if (made.code !== 0) throw new Error(`certs gen ended with ${made.code}: ${made.stdout}${made.stderr}`)
	return {
		name,
		root,
		certs,
		config: join(home, 'sync_config.json'),
		env,
		fingerprint: JSON.parse(made.stdout).fingerprint,
	}
}

/**
 * Writes a node's config: the peer's certificate, its own port (any free one) and the peer's port (null: the peer does not listen).
 * @param {Node} node @param {Node} peer @param {{port: number | null, settings?: object}} options
 */
export function introduce(node, peer, {port, settings = {}}) {
	const config = {
		local_dir: node.root,
		...(port === null ? {} : {peer: {host: '127.0.0.1', port}}),
		certs: {
			cert: join(node.certs, `${node.name}.cert`),
			key: join(node.certs, `${node.name}.key`),
			peer_cert: join(peer.certs, `${peer.name}.cert`),
		},
		server: {host: '127.0.0.1', port: 0},
		state_dir: join(node.certs, '..', 'state'),
		...settings,
	}
	writeFileSync(node.config, `${JSON.stringify(config, null, '\t')}\n`)
}

/**
 * Starts a command that keeps running and waits until it prints `ready`. `stop` asks it to end and resolves with its exit code.
 * @param {Node} node @param {string} command @param {RegExp} ready
 */
async function stay(node, command, ready) {
	const child = start([command, '--config', node.config], node.env)
	let said = ''
	/** @type {Promise<number | null>} */
	const ended = new Promise((resolve) => child.once('close', resolve))
	/** @type {RegExpExecArray} */
	const found = await new Promise((resolve, reject) => {
		const fail = (/** @type {string} */ why) => reject(new Error(`${command} ${why}:\n${said}`))
		const timer = setTimeout(() => fail(`was not ready within ${readyMs} ms`), readyMs)
		const hear = (/** @type {string} */ text) => {
			said += text
			const match = ready.exec(said)
			if (match === null) return
			clearTimeout(timer)
			resolve(match)
		}
		child.stdout.setEncoding('utf8').on('data', hear)
		child.stderr.setEncoding('utf8').on('data', hear)
		child.once('error', reject)
		child.once('close', (code) => {
			clearTimeout(timer)
			fail(`ended with ${code} before it was ready`)
		})
	})
	return {
		found,
		pid: child.pid,
		said: () => said,
		peakKb: () => peakKbOf(child.pid),
		stop: () => {
			child.kill('SIGTERM')
			return ended
		},
	}
}

/** Starts `filesync serve` and waits until it listens. @param {Node} node */
export async function serve(node) {
	const {found, ...rest} = await stay(node, 'serve', /Server listening on port (\d+)/)
	return {port: Number(found[1]), ...rest}
}

/** Starts `filesync watch` and waits until it is connected. @param {Node} node */
export async function watch(node) {
	const {found: _, ...rest} = await stay(node, 'watch', /^Connected to /m)
	return rest
}

/**
 * Runs one `filesync sync` (or `push`, `pull`); returns its JSON result and the duration of the whole command.
 * @param {Node} node @param {{sampleMs?: number, args?: string[]}} [options]
 */
export async function sync(node, {sampleMs = 0, args = []} = {}) {
	const {code, stdout, stderr, ms, peakKb} = await filesync(
		['sync', '--json', '--config', node.config, ...args],
		node.env,
		{
			sampleMs,
		},
	)
	let result
	try {
		result = JSON.parse(stdout)
	} catch {
		throw new Error(`sync ended with ${code} and no JSON: ${stdout}${stderr}`)
	}
	if (code !== 0) {
		const problems = (result.problems ?? []).map(
			(/** @type {{path: string, code: string, message: string}} */ {path, code: why, message}) =>
				`${path}: ${message} (${why})`,
		)
		throw new Error([`sync ended with ${code}`, ...(result.error ? [result.error.message] : problems)].join('\n'))
	}
	return {result, ms, peakKb}
}
