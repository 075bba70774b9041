// One sync of two devices with the real session over a line in memory: greets, leads and follows as sync and serve do.
import type {AgreedPoint} from '../../../src/lib/core/folder/agreement.js'
import {FileSyncError} from '../../../src/lib/errors/index.js'
import {Conversation} from '../../../src/lib/session/conversation.js'
import {type Acquaintance, FellBehind, greet, welcome} from '../../../src/lib/session/greeting.js'
import {followRound} from '../../../src/lib/session/round/follower.js'
import {leadRound} from '../../../src/lib/session/round/leader.js'
import type {RoundEnd, RoundEvent, RoundOptions} from '../../../src/lib/sync/events.js'
import {memoryPair} from '../../net/memory-pair.js'
import type {Device} from './device.js'

export interface SyncOptions extends RoundOptions {
	/** The line breaks after so many bytes; null: it holds. */
	readonly breaksAfter: number | null
	readonly onEvent: (event: RoundEvent) => void
	/** Rounds over the one connection. */
	readonly rounds: number
	/** Paths of one part of a first sync. */
	readonly partPaths: number
}

export const calm: SyncOptions = {
	direction: 'both',
	force: false,
	dryRun: false,
	allowDeletes: true,
	breaksAfter: null,
	onEvent: () => {},
	rounds: 1,
	partPaths: 100_000,
}

export interface Synced {
	/** Of each round in order; none when the line broke. */
	readonly outcomes: readonly RoundEnd[]
	readonly isBroken: boolean
	/** Bytes of contents that moved, both ways. */
	readonly movedBytes: number
}

/** The parts of one round as if they were one. */
export function together(parts: readonly RoundEnd[]): RoundEnd {
	const last = parts.at(-1)
	if (last === undefined) throw new Error('a round without a part')
	const paths = (of: 'leftAlone' | 'heldBack' | 'unknown') => parts.flatMap(({plan}) => plan[of])
	return {
		plan: {
			local: parts.flatMap(({plan}) => plan.local),
			remote: parts.flatMap(({plan}) => plan.remote),
			conflicts: parts.flatMap(({plan}) => plan.conflicts),
			leftAlone: paths('leftAlone'),
			heldBack: paths('heldBack'),
			unknown: paths('unknown'),
		},
		local: new Map(parts.flatMap(({local}) => [...local])),
		remote: new Map(parts.flatMap(({remote}) => [...remote])),
		faults: new Map(parts.flatMap(({faults}) => [...faults])),
		problems: parts.flatMap(({problems}) => problems),
		tooManyDeletions: last.tooManyDeletions,
		agreed: last.agreed,
	}
}

const pointOf = ({ground}: Acquaintance): AgreedPoint | null => (ground.kind === 'point' ? ground.point : null)

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

async function lead(conversation: Conversation, device: Device, options: SyncOptions): Promise<RoundEnd[]> {
	const replica = await device.replica()
	const peer = await greet(conversation, replica, device.self, true)
	let point = pointOf(peer)
	let {generation} = peer
	const outcomes: RoundEnd[] = []
	const parts: RoundEnd[] = []
	for (let i = 0; i < options.rounds; i++) {
		const led = await leadRound(
			{
				conversation,
				replica,
				self: device.self,
				peer,
				point,
				generation,
				begun: i === 0,
				mtimeSkewSec: 2,
				onEvent: options.onEvent,
				partPaths: options.partPaths,
				onPart: (end) => parts.push(end),
				scan: () => replica.scan(conversation.signal),
			},
			options,
		)
		if (led.point !== null && led.point !== point) generation = led.point.generation
		point = led.point
		outcomes.push(together([...parts.splice(0), led.outcome]))
	}
	return outcomes
}

async function follow(conversation: Conversation, device: Device): Promise<void> {
	const replica = await device.replica()
	const peer = await welcome(conversation, replica, device.self)
	let point = pointOf(peer)
	for (;;) {
		const {body} = await conversation.expect('begin')
		const followed = await followRound({
			conversation,
			replica,
			self: device.self,
			peer,
			point,
			begin: body,
			scan: () => replica.scan(conversation.signal),
			onEvent: () => {},
		})
		point = followed.point
	}
}

/** Runs a side; what it fails of ends the conversation, and the other side hears it. */
async function side<T>(conversation: Conversation, work: Promise<T>): Promise<T> {
	try {
		return await work
	} catch (error) {
		const cause = conversation.failure ?? toError(error)
		if (!(error instanceof FellBehind)) await conversation.refuse(cause).catch(() => {})
		conversation.fail(toError(cause))
		throw error
	}
}

const isLost = (error: unknown): boolean => error instanceof FileSyncError && error.code === 'CONNECTION_LOST'

/** Syncs; throws what either side failed of, unless it was the line that was to break. */
export async function syncDevices(leader: Device, follower: Device, options: SyncOptions = calm): Promise<Synced> {
	const [left, right] = memoryPair(options.breaksAfter ?? undefined)
	const leading = new Conversation(left)
	const following = new Conversation(right)
	let movedBytes = 0
	const onEvent = (event: RoundEvent): void => {
		if (event.kind === 'moved') movedBytes += event.bytes
		options.onEvent(event)
	}
	const followed = side(following, follow(following, follower))
	followed.catch(() => {})
	try {
		const outcomes = await side(leading, lead(leading, leader, {...options, onEvent}))
		await leading.end()
		const over = await followed.catch((error: unknown) => error)
		if (!isLost(over)) throw toError(over)
		return {outcomes, isBroken: false, movedBytes}
	} catch (error) {
		leading.fail(new FileSyncError('CONNECTION_LOST', 'the test is over'))
		const other = await followed.catch((reason: unknown) => reason)
		if (error instanceof FellBehind) {
			await (await leader.replica()).startOver()
			return syncDevices(leader, follower, options)
		}
		if (options.breaksAfter !== null && isLost(error) && isLost(other))
			return {outcomes: [], isBroken: true, movedBytes}
		throw isLost(error) ? toError(other) : toError(error)
	} finally {
		following.fail(new FileSyncError('CONNECTION_LOST', 'the test is over'))
	}
}
