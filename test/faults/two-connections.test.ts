// A device that holds a connection connects once more: a node that reconnects while a sync of its own is under way on another
// connection, or a laptop in another network whose old connection is dead.
import assert from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {join} from 'node:path'
import {loadConfig} from '../../src/lib/config/load.js'
import {dial} from '../../src/lib/net/index.js'
import {loadCredentials} from '../../src/lib/node/credentials.js'
import {Replica} from '../../src/lib/replica/replica.js'
import {Conversation} from '../../src/lib/session/conversation.js'
import {type Acquaintance, greet} from '../../src/lib/session/greeting.js'
import {leadRound} from '../../src/lib/session/round/leader.js'
import {Pair} from '../e2e/support/pair.js'
import {Line} from './support/proxy.js'

const base = {nowMs: () => Date.now(), random: (bytes: number) => randomBytes(bytes)} as const
const self = {software: 'test', name: 'alpha', maxDeletePercent: 100, maxConcurrency: 8, ...base} as const

interface Connected {
	readonly conversation: Conversation
	readonly peer: Acquaintance
}

/** Alpha, in this process: as many connections of one device as are wanted. */
class Client {
	readonly #pair: Pair
	readonly #replica: Replica

	private constructor(pair: Pair, replica: Replica) {
		this.#pair = pair
		this.#replica = replica
	}

	static async during(pair: Pair, body: (client: Client) => Promise<void>): Promise<void> {
		const root = pair.alpha.dir.path
		const indexDir = join(pair.home, 'client')
		const replica = await Replica.open({root, indexDir, ignore: [], trashDays: 30, firstSync: false, ...base})
		try {
			await body(new Client(pair, replica))
		} finally {
			await replica.close()
		}
	}

	async connect(port: number): Promise<Connected> {
		const {identity, pins} = loadCredentials(loadConfig({flag: this.#pair.alpha.config, env: {}, cwd: this.#pair.home}))
		const conversation = new Conversation(await dial({host: '127.0.0.1', port, identity, pins}))
		return {conversation, peer: await greet(conversation, this.#replica, self, false)}
	}

	async sync({conversation, peer}: Connected, dryRun = false): Promise<void> {
		const {ground, generation} = peer
		const point = ground.kind === 'point' ? ground.point : null
		const scan = () => this.#replica.scan(conversation.signal)
		const parts = {conversation, replica: this.#replica, self, peer, point, generation, scan}
		await leadRound(
			{...parts, begun: false, mtimeSkewSec: 2, onEvent: () => {}},
			{direction: 'both', force: false, dryRun, allowDeletes: false},
		)
	}
}

describe('the same device connects once more', function () {
	this.timeout(60_000)

	it('a sync on its older connection goes on', async () => {
		const pair = new Pair({name: 'two-connections'})
		const port = await pair.serve()
		await pair.during(() =>
			Client.during(pair, async (client) => {
				pair.alpha.dir.write('file', 'content')
				const older = await client.connect(port)
				const newer = await client.connect(port)
				// The peer has taken up the newer one by then.
				await client.sync(newer, true)
				await client.sync(older)
				await older.conversation.end()
				await newer.conversation.end()
				pair.assertSame()
			}),
		)
	})

	it('an older connection that is dead ends long before its heartbeat does', async () => {
		const pair = new Pair({name: 'dead-connection'})
		const port = await pair.serve()
		const line = await Line.to(port)
		await pair.during(() =>
			Client.during(pair, async (client) => {
				const older = await client.connect(line.port)
				await client.sync(older, true)
				line.hold()
				const startedAt = performance.now()
				const newer = await client.connect(port)
				await pair.server?.line(/Disconnected: alpha/)
				assert.ok(performance.now() - startedAt < 20_000, 'it was found dead when the device came again')
				await client.sync(newer)
				await newer.conversation.end()
			}),
		)
		await line.close()
	})
})
