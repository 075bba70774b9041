// A node that runs: requests handed to it, both sides dialling, tools at work, the limit of watches, the live view.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {closeSync, openSync, statSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {concurrently} from './support/concurrent.js'
import {type Dir, day} from './support/dir.js'
import {type Device, Pair, portOf, withPair} from './support/pair.js'
import {bin, Program, told, until} from './support/program.js'
import {freePort} from './support/relay.js'
import {assertNothing, parseResult} from './support/result.js'
import {socketsOf} from './support/states.js'
import {withoutRights} from './support/user.js'

interface Seen {
	readonly link: {readonly state: string; readonly leader?: string; readonly reason?: string}
	readonly held: string | null
	readonly paused: boolean
	readonly watching: string
	readonly pid: number
}

/** What `top --once --json` tells of the running node. */
async function look(device: Device): Promise<Seen> {
	const outcome = await device.run('top', '--once', '--json')
	assert.equal(outcome.code, 0, told(outcome))
	return JSON.parse(outcome.stdout)
}

/** Polls what the node tells until it fits. */
async function seen(device: Device, what: string, fits: (state: Seen) => boolean): Promise<Seen> {
	for (let tries = 0; ; tries++) {
		const state = await look(device)
		if (fits(state)) return state
		assert.ok(tries < 40, `${what}: ${JSON.stringify(state)}`)
	}
}

const arrives = (dir: Dir, path: string, text: string): Promise<void> =>
	until(`${path} in ${dir.path}`, () => dir.has(path) && dir.read(path) === text)

async function stopped(...programs: readonly Program[]): Promise<void> {
	for (const program of programs) {
		const outcome = await program.stop()
		assert.equal(outcome.code, 0, told(outcome))
	}
}

describe('e2e: live', () => {
	before(function () {
		if (process.platform === 'win32') this.skip()
	})
	concurrently([
		{
			name: 'while a node runs, sync, push, pull and status are handed to it, with the same results',
			run: () =>
				withPair({name: 'handed'}, async ({alpha, beta}) => {
					const watch = alpha.start('watch')
					await watch.line(/Connected to beta/)
					const [socket = ''] = socketsOf(alpha)
					assert.equal(statSync(socket).mode & 0o777, 0o600)
					assert.equal((await alpha.run('top', '--once')).code, 0)
					const {pid} = await look(alpha)
					assert.equal(pid, watch.pid)

					// Held back, so that it is the command and not the watch that syncs.
					alpha.dir.mkdir('.git').write('.git/index.lock', '')
					assert.match((await seen(alpha, 'held', ({held}) => held !== null)).held ?? '', /git .*\.git\/index\.lock/)
					alpha.dir.write('f', 'of alpha', day(0))
					beta.dir.write('g', 'of beta', day(0))
					const syncing = alpha.start('sync', '--json', '--verbose')
					alpha.dir.rm('.git/index.lock')
					const {code, stdout} = await syncing.ended()
					assert.equal(code, 0, stdout)
					assert.equal(parseResult(stdout).peer.name, 'beta')
					await arrives(beta.dir, 'f', 'of alpha')
					await arrives(alpha.dir, 'g', 'of beta')

					for (const command of ['sync', 'push', 'pull']) assertNothing(await alpha.result([command]))
					const dry = await alpha.result(['sync', '--dry-run'])
					assert.deepEqual([dry.dry_run, dry.actions], [true, []])
					const text = await alpha.run('sync')
					assert.match(text.stdout, /both sides agree|nothing/i, told(text))
					const status = JSON.parse((await alpha.run('status', '--json')).stdout)
					assert.deepEqual([status.ok, status.node.pid, status.peer.name], [true, watch.pid, 'beta'])
					await stopped(watch)
					assert.deepEqual(socketsOf(alpha), [])
				}),
		},
		{
			name: 'a request to a node whose peer is away ends with 3, and the node goes on',
			run: async () => {
				const pair = new Pair({name: 'handed-away'})
				const port = await freePort()
				pair.alpha.connectTo(port)
				const watch = pair.alpha.start('watch')
				await watch.line(/Offline: Nothing listens/)
				const outcome = await pair.alpha.run('sync', '--json')
				assert.equal(outcome.code, 3, told(outcome))
				assert.equal(JSON.parse(outcome.stdout).error.code, 'PEER_UNREACHABLE')
				const {link} = await look(pair.alpha)
				assert.match(link.reason ?? '', /Nothing listens/)
				pair.beta.dir.write('f', 'there again', day(0))
				await pair.serve(pair.beta, port)
				await arrives(pair.alpha.dir, 'f', 'there again')
				await stopped(watch)
				await pair.close()
			},
		},
		{
			name: 'two nodes that dial each other settle on one session, and changes flow both ways',
			run: async () => {
				const pair = new Pair({name: 'mutual'})
				const {alpha, beta} = pair
				const [portA, portB] = [await freePort(), await freePort()]
				alpha.configure({server: {host: '127.0.0.1', port: portA}, peer: {host: '127.0.0.1', port: portB}})
				beta.configure({server: {host: '127.0.0.1', port: portB}, peer: {host: '127.0.0.1', port: portA}})
				const nodes = [alpha.start('watch', '--serve'), beta.start('serve', '--watch')] as const
				await Promise.race(nodes.map((node) => node.line(/dialled this node, too; its connection is used/)))
				alpha.dir.write('from alpha', 'one')
				await arrives(beta.dir, 'from alpha', 'one')
				beta.dir.write('from beta', 'two')
				await arrives(alpha.dir, 'from beta', 'two')
				const leaders = [await look(alpha), await look(beta)].map(({link}) => link.leader)
				assert.deepEqual(leaders.sort(), ['here', 'peer'])

				// Whoever goes, the other side finds it again.
				await stopped(nodes[0])
				beta.dir.write('meanwhile', 'three')
				const again = alpha.start('watch', '--serve')
				await arrives(alpha.dir, 'meanwhile', 'three')
				alpha.dir.write('at last', 'four')
				await arrives(beta.dir, 'at last', 'four')
				await stopped(again, nodes[1])
				pair.assertSame()
			},
		},
		{
			name: 'a serving node passes on the changes of one inbound peer to another',
			run: async () => {
				const pair = new Pair({name: 'passed-on'})
				const third = new Pair({name: 'third'})
				const port = await portOf(await served(pair))
				const watch = pair.alpha.start('watch')
				await watch.line(/Connected to beta/)
				// The same certificate from another folder: another device.
				third.alpha.connectTo(port)
				third.alpha.dir.write('f', 'of the third', day(0))
				await third.alpha.result(['sync'])
				await arrives(pair.alpha.dir, 'f', 'of the third')
				await stopped(watch)
				await pair.close()
			},
		},
		{
			name: 'a folder that is made unreadable on both sides, and readable again, loses nothing',
			skip: withoutRights === null ? 'needs a user without rights' : undefined,
			run: () =>
				withPair({name: 'unreadable-live', user: withoutRights?.user}, async (pair) => {
					const {alpha, beta} = pair
					alpha.dir.write('d/f', 'one', day(0)).write('e', 'two', day(0))
					pair.own()
					const watch = alpha.start('watch')
					await arrives(beta.dir, 'd/f', 'one')
					alpha.dir.chmod('d', 0o000)
					alpha.dir.write('seen', 'three')
					pair.own()
					await arrives(beta.dir, 'seen', 'three')
					assert.equal(beta.dir.read('d/f'), 'one')
					alpha.dir.chmod('d', 0o755)
					alpha.dir.write('d/g', 'four')
					pair.own()
					await until('the mode', () => (statSync(beta.dir.at('d')).mode & 0o777) === 0o755)
					// What could not be put in there by then comes with the next round.
					alpha.dir.write('next', 'five')
					pair.own()
					await arrives(beta.dir, 'd/g', 'four')
					assert.equal(beta.dir.read('d/f'), 'one')
					await stopped(watch)
				}),
		},
		{
			name: 'at the limit of watches it says so, with the command that raises it, and still syncs',
			run: async () => {
				const limited = ['-Ur', 'sh', '-c', 'echo 50 > /proc/sys/user/max_inotify_watches && exec "$@"', 'sh']
				if (spawnSync('unshare', [...limited, 'true']).status !== 0) return
				await withPair({name: 'limit'}, async ({alpha, beta}) => {
					for (let i = 0; i < 80; i++) alpha.dir.mkdir(`folder-${i}`)
					const watch = new Program(['watch', '--config', alpha.config], {
						...alpha.options,
						under: ['unshare', ...limited],
					})
					await watch.line(/limit of \d+ \(fs\.inotify\.max_user_watches\).*scanning the whole folder every/)
					await watch.line(/try: sudo sysctl fs\.inotify\.max_user_watches=\d+/)
					await until('the folders', () => beta.dir.has('folder-79'))
					alpha.dir.write('folder-79/f', 'found by looking')
					await arrives(beta.dir, 'folder-79/f', 'found by looking')
					await stopped(watch)
				})
			},
		},
		{
			name: 'log lines as JSON: time, level, message, event; names are safe',
			run: () =>
				withPair({name: 'log-json'}, async ({alpha, beta}) => {
					alpha.dir.write('a\u001b[2Jb', 'x', day(0))
					const watch = alpha.start('watch', '--log-format', 'json')
					await until('the file', () => beta.dir.has('a\u001b[2Jb'))
					await watch.line(/pushed/)
					const {stdout, code} = await watch.stop()
					assert.equal(code, 0)
					assert.ok(!stdout.includes('\u001b'))
					for (const line of stdout.trimEnd().split('\n')) {
						const {time, level, message, event} = JSON.parse(line)
						assert.ok(!Number.isNaN(Date.parse(time)), line)
						assert.ok(['error', 'warn', 'info', 'debug'].includes(level), line)
						assert.ok(typeof message === 'string' && typeof event.kind === 'string', line)
					}
				}),
		},
		{
			name: 'a file that grows all the time waits until it rests; what is beside it does not',
			run: () =>
				withPair({name: 'growing', settings: {debounce_ms: 400}}, async ({alpha, beta}) => {
					const watch = alpha.start('watch')
					await watch.line(/Connected to beta/)
					await seen(alpha, 'in sync', ({link, watching}) => link.state === 'connected' && watching === 'live')
					alpha.dir.write('first', 'x')
					await arrives(beta.dir, 'first', 'x')
					const file = openSync(alpha.dir.at('growing.log'), 'a')
					let text = ''
					const growing = setInterval(() => {
						text += 'one more line\n'
						writeSync(file, 'one more line\n')
					}, 20)
					try {
						await until('some lines', () => text.length > 300)
						alpha.dir.write('beside', 'y')
						// At the latest after five times the debounce.
						await arrives(beta.dir, 'beside', 'y')
						assert.equal(beta.dir.has('growing.log'), false)
					} finally {
						clearInterval(growing)
						closeSync(file)
					}
					await arrives(beta.dir, 'growing.log', text)
					await stopped(watch)
				}),
		},
		{
			name: 'a node outlives a closed stdout',
			run: () =>
				withPair({name: 'closed-stdout'}, async ({alpha, beta}) => {
					const watch = new Program(['watch', '--config', alpha.config], {
						...alpha.options,
						under: ['sh', '-c', `"${process.execPath}" "${bin}" watch --config "${alpha.config}" 2>&1 | head -n 1`],
						alone: true,
					})
					await watch.line(/Connecting/)
					alpha.dir.write('f', 'still there')
					await arrives(beta.dir, 'f', 'still there')
					process.kill((await look(alpha)).pid, 'SIGTERM')
					await watch.ended()
				}),
		},
	])
})

async function served(pair: Pair): Promise<Pair> {
	await pair.serve()
	return pair
}

describe('e2e: control socket', () => {
	it('a socket that a dead node left behind is in nobody\u2019s way', async () => {
		const pair = new Pair({name: 'stale-socket'})
		await pair.serve()
		const watch = pair.alpha.start('watch')
		await watch.line(/Connected to beta/)
		watch.signal('SIGKILL')
		await watch.ended()
		assert.equal(socketsOf(pair.alpha).length, 1)
		pair.alpha.dir.write('f', 'x', day(0))
		assert.equal((await pair.alpha.result(['sync'])).pushed, 1)
		await pair.close()
	})

	it('what is no request is answered with an error, and the node goes on', async () => {
		const pair = new Pair({name: 'odd-request'})
		await pair.serve()
		const watch = pair.alpha.start('watch')
		await watch.line(/Connected to beta/)
		const [socket = ''] = socketsOf(pair.alpha)
		const {connect} = await import('node:net')
		for (const said of ['{}\n', 'nonsense\n', `${'x'.repeat(70_000)}`]) {
			const answer = await new Promise<string>((resolve) => {
				let heard = ''
				const client = connect(socket, () => client.write(said))
				client.setEncoding('utf8').on('data', (text: string) => {
					heard += text
				})
				client.on('error', () => {})
				client.once('close', () => resolve(heard))
			})
			assert.match(answer, /"kind":"error".*does not know this request/)
		}
		assert.equal((await look(pair.alpha)).link.state, 'connected')
		await stopped(watch)
		await pair.close()
	})

	it('a state folder that lies too deep for a socket gets one elsewhere', async () => {
		const pair = new Pair({name: 'deep-state'})
		const deep = join(pair.home, 'deep-'.repeat(30))
		pair.alpha.configure({state_dir: deep})
		await pair.serve()
		const watch = pair.alpha.start('watch')
		await watch.line(/Connected to beta/)
		assert.equal((await look(pair.alpha)).pid, watch.pid)
		await stopped(watch)
		await pair.close()
	})
})
