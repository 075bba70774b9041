// One sync of two devices in one process without any line between them: a round over two local sides.
import {
	type AgreedPoint,
	type Agreement,
	commonGround,
	type PointNames,
} from '../../../src/lib/core/folder/agreement.js'
import {LocalSide} from '../../../src/lib/replica/local-side.js'
import {syncRound} from '../../../src/lib/sync/round.js'
import type {Device} from './device.js'
import {type Synced, type SyncOptions, together} from './sync.js'

const names = (agreement: Agreement | undefined): PointNames | null => agreement ?? null

/** The point that each side still shares with the other; a side that fell behind starts over first. */
async function groundOf(leader: Device, follower: Device): Promise<readonly [AgreedPoint | null, AgreedPoint | null]> {
	for (;;) {
		const [here, there] = [await leader.replica(), await follower.replica()]
		const [mine, theirs] = [here.agreement(there.device), there.agreement(here.device)]
		const ground = commonGround(mine, names(theirs), true)
		const mirrored = commonGround(theirs, names(mine), false)
		if (ground.kind !== 'behind') {
			const point = ground.kind === 'point' ? ground.point : null
			return [point, mirrored.kind === 'point' ? mirrored.point : null]
		}
		await (ground.side === 'mine' ? here : there).startOver()
	}
}

/** Syncs; throws what either side failed of. */
export async function syncDirectly(leader: Device, follower: Device, options: SyncOptions): Promise<Synced> {
	const outcomes: Synced['outcomes'][number][] = []
	const parts: Synced['outcomes'][number][] = []
	let movedBytes = 0
	const {signal} = new AbortController()
	for (let i = 0; i < options.rounds; i++) {
		const [point, theirPoint] = await groundOf(leader, follower)
		const [here, there] = [await leader.replica(), await follower.replica()]
		const generation = Math.max(
			here.agreement(there.device)?.last.generation ?? 0,
			there.agreement(here.device)?.last.generation ?? 0,
		)
		const onEvent: SyncOptions['onEvent'] = (event) => {
			if (event.kind === 'moved' && event.way === 'down') movedBytes += event.bytes
			options.onEvent(event)
		}
		const sideOf = (device: Device, other: Device, own: AgreedPoint | null, leads: boolean) =>
			Promise.all([device.replica(), other.replica()]).then(
				([replica, peer]) =>
					new LocalSide({
						replica,
						peer: peer.device,
						leads,
						point: own,
						scan: () => replica.scan(signal),
						maxConcurrency: device.self.maxConcurrency,
						maxDeletePercent: device.self.maxDeletePercent,
						mostLeftOver: 250_000,
						nowMs: device.nowMs,
						onEvent,
						signal,
					}),
			)
		const {outcome} = await syncRound(
			{
				local: await sideOf(leader, follower, point, true),
				remote: await sideOf(follower, leader, theirPoint, false),
				point,
				generation,
				names: {local: leader.name, remote: follower.name},
				mtimeSkewSec: 2,
				clockOffsetMs: follower.nowMs() - leader.nowMs(),
				maxDeletePercent: 100,
				mostLeftOver: 250_000,
				partPaths: options.partPaths,
				onPart: (end) => parts.push(end),
				nowMs: leader.nowMs,
				random: leader.self.random,
				onEvent,
				signal,
			},
			options,
		)
		outcomes.push(together([...parts.splice(0), outcome]))
	}
	return {outcomes, isBroken: false, movedBytes}
}
