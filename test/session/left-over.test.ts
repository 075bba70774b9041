// More paths left over than one frame takes: both sides agree all the same, and remember them.
import {deepEqual, equal, ok} from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Device} from '../engine/support/device.js'
import {calm, syncDevices} from '../engine/support/sync.js'
import {makeTemp, removeTemp} from '../engine/support/temp.js'

/** With paths of this length more than 8 MiB, the largest frame. */
const count = 20_500
const folder = join('d'.repeat(220), 'e'.repeat(190))

describe('session/left-over', function () {
	this.timeout(240_000)

	it(`a push against a peer with ${count} changes of its own comes to an agreement`, async () => {
		const home = makeTemp()
		const device = (name: string): Device =>
			new Device(name, {
				home,
				random: randomBytes,
				worldMs: Date.now,
				maxConcurrency: 1,
				odd: false,
				hasLarge: false,
				isNatural: true,
			})
		const [alpha, beta] = [device('alpha'), device('beta')]
		const push = {...calm, direction: 'push'} as const
		const agreement = async (one: Device, other: Device) =>
			(await one.replica()).agreement((await other.replica()).device)
		try {
			mkdirSync(join(beta.disk.root, folder), {recursive: true})
			for (let i = 0; i < count; i++) writeFileSync(join(beta.disk.root, folder, `${i}`), '')
			writeFileSync(join(alpha.disk.root, 'a'), 'first')
			const first = await syncDevices(alpha, beta, push)
			deepEqual([first.outcomes[0]?.agreed, first.outcomes[0]?.plan.heldBack.length], [true, count + 2])
			const before = [await agreement(alpha, beta), await agreement(beta, alpha)]
			deepEqual(before[0]?.last.pending, before[1]?.last.pending)
			equal(before[0]?.last.token, before[1]?.last.token)

			await Promise.all([alpha.close(), beta.close()])
			const after = [await agreement(alpha, beta), await agreement(beta, alpha)]
			for (const [i, known] of after.entries()) {
				ok(known?.confirmed)
				equal(known.last.pending.length, count + 2)
				deepEqual([...known.last.pending], before[i]?.last.pending)
			}

			writeFileSync(join(alpha.disk.root, 'a'), 'second, longer')
			const second = await syncDevices(alpha, beta, push)
			equal(second.outcomes[0]?.agreed, true)
			deepEqual(
				second.outcomes[0]?.plan.remote.map(({path}) => path),
				['a'],
			)
			const last = await syncDevices(beta, alpha)
			equal(last.outcomes[0]?.plan.remote.length, count + 2)
			deepEqual((await agreement(alpha, beta))?.last.pending, [])
		} finally {
			await Promise.all([alpha.close(), beta.close()])
			removeTemp(home)
		}
	})
})
