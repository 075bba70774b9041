// A real `serve` with something to protect around it: files outside of its folder that no peer may ever touch.
import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {Dir} from '../../e2e/support/dir.js'
import {Pair, type Settings} from '../../e2e/support/pair.js'
import {told} from '../../e2e/support/program.js'
import {callOn, type HostilePeer} from './peer.js'
import {beginRound, closePlan, greetAs, newDevice, type Shown, settleRound, stepsFrame, type Wish} from './words.js'

/** Memory a node may hold after any attack, in MiB: it starts with some 90. */
const mostMemoryMb = 400

/** Resident memory of a process in MiB; undefined where the system does not tell. */
export function memoryMb(pid: number): number | undefined {
	if (process.platform !== 'linux') return undefined
	const found = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
	return found === null ? undefined : Number(found[1]) / 1024
}

export class Victim {
	readonly pair: Pair
	readonly outside: Dir
	port = 0
	/** Set by a row that may use the heap to its stated limit: memory is not looked at any more after that. */
	highWaterMb: number | undefined
	#before: readonly string[] = []

	constructor(name: string, settings: Settings = {}) {
		this.pair = new Pair({name, beta: {ignore: ['private/'], ...settings}})
		this.outside = new Dir(join(this.pair.home, 'outside'))
		this.pair.beta.dir
			.write('keep.txt', 'keep')
			.write('dir/inner.txt', 'inner')
			.write('dir/other.txt', 'other')
			.mkdir('empty')
			.link('here', 'keep.txt')
			.write('private/key.pem', 'a private key')
		for (let i = 0; i < 30; i++) this.pair.beta.dir.write(`many/${i}.txt`, `number ${i}`)
		this.outside.write('secret.txt', 'secret').write('sub/deep.txt', 'deep').chmod('secret.txt', 0o600)
	}

	get root(): Dir {
		return this.pair.beta.dir
	}

	async start(): Promise<void> {
		this.port = await this.pair.serve()
		this.#before = this.outside.exact
	}

	get said(): string {
		return this.pair.server?.said ?? ''
	}

	/** Where new words begin in `said`: events go to stdout, which stands first in it. */
	get mark(): number {
		return this.pair.server?.stdout.length ?? 0
	}

	/** A conversation as far as `welcome`. */
	async meet(device = newDevice(), bend: object = {}): Promise<{peer: HostilePeer; device: string}> {
		const peer = await callOn(this.port)
		await greetAs(peer, device, bend)
		return {peer, device}
	}

	/** A conversation in the middle of a round whose plan is not closed yet. */
	async inRound(): Promise<{peer: HostilePeer; device: string; shown: Shown}> {
		const {peer, device} = await this.meet()
		return {peer, device, shown: await beginRound(peer)}
	}

	/** A round with these steps, from hello to settled. `feed` sends the contents. */
	async round(
		wishes: readonly Wish[],
		feed: (peer: HostilePeer) => void | Promise<void> = () => {},
	): Promise<{refused: ReadonlyMap<number, string>; faults: ReadonlyMap<number, string>}> {
		const {peer, device, shown} = await this.inRound()
		peer.say('steps', stepsFrame(wishes, shown, device))
		const answers = await closePlan(peer)
		peer.say('carryOut')
		await feed(peer)
		const faults = await settleRound(peer)
		peer.leave()
		const refused = [...answers].filter(([, {how}]) => how === 'refused').map(([id, {code}]) => [id, code] as const)
		return {refused: new Map(refused), faults}
	}

	/** What every attack must leave behind: nothing outside touched, memory bounded, a node that answers a good peer. */
	async assertWell(): Promise<void> {
		assert.deepEqual(this.outside.exact, this.#before, 'something outside of the folder was touched')
		assert.equal(this.root.read('private/key.pem'), 'a private key')
		const {server} = this.pair
		assert.ok(server !== undefined)
		const memory = memoryMb(server.pid)
		if (memory !== undefined && this.highWaterMb === undefined)
			assert.ok(memory < mostMemoryMb, `${memory.toFixed(0)} MiB were held`)
		const {peer} = await this.inRound()
		peer.say('finish')
		peer.leave()
	}

	/** A real sync by the real peer at the end: both sides the same. */
	async assertSyncs(): Promise<void> {
		const outcome = await this.pair.alpha.run('sync', '--json')
		assert.ok(outcome.code === 0 || outcome.code === 1, told(outcome))
		const ignored = (line: string): boolean => line.startsWith('"private')
		assert.deepEqual(
			this.pair.alpha.dir.replica,
			this.root.replica.filter((line) => !ignored(line)),
		)
	}

	async stop(): Promise<void> {
		await this.pair.close()
	}
}

/** A victim for all tests of the suite that calls this: it starts first, must be well after each test, and syncs at the end. */
export function besieged(name: string, settings: Settings = {}): Victim {
	const victim = new Victim(name, settings)
	before(() => victim.start())
	afterEach(() => victim.assertWell())
	after(async () => {
		await victim.assertSyncs()
		await victim.stop()
	})
	return victim
}
