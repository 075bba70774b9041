// A connection that stays for weeks keeps nothing of its rounds: what each round held is garbage when it is over.
import {deepEqual, equal} from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setImmediate as turn} from 'node:timers/promises'
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import type {AgreedPoint} from '../../src/lib/core/folder/agreement.js'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {Conversation} from '../../src/lib/session/conversation.js'
import {type Acquaintance, greet, welcome} from '../../src/lib/session/greeting.js'
import {followRound} from '../../src/lib/session/round/follower.js'
import {leadRound} from '../../src/lib/session/round/leader.js'
import type {RoundEvent} from '../../src/lib/sync/events.js'
import {Device} from '../engine/support/device.js'
import {makeTemp, removeTemp} from '../engine/support/temp.js'
import {memoryPair} from '../net/memory-pair.js'

const rounds = 60
const options = {direction: 'both', force: false, dryRun: false, allowDeletes: true} as const

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Whatever a round is given is reachable as long as the round is. */
class Kept {
	readonly #refs: WeakRef<object>[] = []

	/** A listener for one round. */
	listener(): (event: RoundEvent) => void {
		const listener = (): void => {}
		this.#refs.push(new WeakRef(listener))
		return listener
	}

	get alive(): number {
		return this.#refs.filter((ref) => ref.deref() !== undefined).length
	}
}

const pointOf = ({ground}: Acquaintance): AgreedPoint | null => (ground.kind === 'point' ? ground.point : null)

describe('session: what a connection keeps of its rounds', function () {
	this.timeout(60_000)
	let home = ''
	let devices: Device[] = []
	beforeEach(() => {
		home = makeTemp()
		devices = ['left', 'right'].map(
			(name) =>
				new Device(name, {
					home,
					random: (bytes) => randomBytes(bytes),
					worldMs: () => Date.now(),
					maxConcurrency: 2,
					odd: false,
					hasLarge: true,
					isNatural: true,
				}),
		)
	})
	afterEach(async () => {
		for (const device of devices) await device.close()
		removeTemp(home)
	})

	it(`${rounds} rounds with changes both ways leave nothing behind on either side`, async () => {
		const [leader, follower] = devices
		if (leader === undefined || follower === undefined) throw new Error('two devices')
		const [left, right] = memoryPair()
		const [leading, following] = [new Conversation(left), new Conversation(right)]
		const kept = {leading: new Kept(), following: new Kept()}
		const [mine, theirs] = [await leader.replica(), await follower.replica()]
		const follow = async (): Promise<void> => {
			const peer = await welcome(following, theirs, follower.self)
			let point = pointOf(peer)
			for (;;) {
				const {body} = await following.expect('begin')
				const round = await followRound({
					conversation: following,
					replica: theirs,
					self: follower.self,
					peer,
					point,
					begin: body,
					scan: () => theirs.scan(following.signal),
					onEvent: kept.following.listener(),
				})
				point = round.point
			}
		}
		const followed = follow().catch((error: unknown) => error)
		const peer = await greet(leading, mine, leader.self, false)
		let point = pointOf(peer)
		let {generation} = peer
		for (let i = 0; i < rounds; i++) {
			// Small ones travel in packs, the large one in pieces; both ways.
			for (const {name, disk} of devices)
				for (const size of [1, 20, 300_000])
					writeFileSync(join(disk.root, `${name}-${size}`), `${i} `.padEnd(size + i, '.'))
			const {point: next, outcome} = await leadRound(
				{
					conversation: leading,
					replica: mine,
					self: leader.self,
					peer,
					point,
					generation,
					begun: false,
					mtimeSkewSec: 2,
					onEvent: kept.leading.listener(),
					scan: () => mine.scan(leading.signal),
				},
				options,
			)
			equal(outcome.faults.size, 0)
			if (next !== null) ({generation} = next)
			point = next
		}
		// What the last round left to do, in promises and messages of threads, is done some turns later.
		for (let i = 0; i < 50 && kept.leading.alive + kept.following.alive > 0; i++) {
			await turn()
			collectGarbage()
		}
		deepEqual([kept.leading.alive, kept.following.alive], [0, 0])
		leading.fail(new FileSyncError('CONNECTION_LOST', 'the test is over'))
		await followed
	})
})
