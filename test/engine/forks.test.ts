// Two copies of one device (a disk image with folder and state) go on apart: the second one that meets the peer again becomes a device
// of its own, and what both edited is a conflict. Here one home plays both: it is put back to the moment of the copy.
import {deepEqual, equal, notEqual} from 'node:assert/strict'
import {createHash} from 'node:crypto'
import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Device} from './support/device.js'
import {syncDevices} from './support/sync.js'
import {makeTemp, removeTemp} from './support/temp.js'

describe('engine: forked devices', function () {
	this.timeout(30_000)
	let home = ''
	let nowMs = 0
	let alpha: Device
	let beta: Device
	beforeEach(() => {
		home = makeTemp()
		nowMs = Date.now()
		let drawn = 0
		const random = (bytes: number): Uint8Array =>
			createHash('sha512').update(String(drawn++)).digest().subarray(0, bytes)
		const options = {
			home,
			random,
			worldMs: () => nowMs,
			maxConcurrency: 1,
			odd: false,
			hasLarge: false,
			isNatural: true,
		}
		alpha = new Device('alpha', options)
		beta = new Device('beta', options)
	})
	afterEach(async () => {
		await Promise.all([alpha.close(), beta.close()])
		removeTemp(home)
	})

	const write = ({disk}: Device, name: string, content: string): void => writeFileSync(join(disk.root, name), content)
	const contents = ({disk}: Device): string[] =>
		readdirSync(disk.root)
			.filter((name) => name !== '.filesync')
			.map((name) => `${name.replace(/sync-conflict.*/, 'copy')}: ${readFileSync(join(disk.root, name), 'utf8')}`)
			.sort()

	for (const leader of ['alpha', 'beta'])
		for (const isSameSecond of [false, true])
			it(`edits of both are kept, ${leader} leads${isSameSecond ? ', both edits within one second' : ''}`, async () => {
				const meet = () => (leader === 'alpha' ? syncDevices(alpha, beta) : syncDevices(beta, alpha))
				const pass = (): void => {
					if (!isSameSecond) nowMs += 5000
				}
				write(alpha, 'both', 'as copied')
				write(alpha, 'other', 'as copied')
				await meet()
				write(alpha, 'other', 'edited before the copy was made')
				await meet()
				await alpha.backUp()
				pass()
				const {device} = await alpha.replica()
				write(alpha, 'both', 'edited by the first')
				await meet()
				deepEqual(contents(beta)[0], 'both: edited by the first')
				await alpha.restore()
				equal((await alpha.replica()).device, device)
				pass()
				write(alpha, 'both', 'edited by the second, longer')
				await meet()
				notEqual((await alpha.replica()).device, device)
				const all = [
					'both: edited by the second, longer',
					'both.copy: edited by the first',
					'other: edited before the copy was made',
				].sort()
				deepEqual(contents(alpha), all)
				deepEqual(contents(beta), all)
				deepEqual((await meet()).outcomes[0]?.plan.conflicts, [])
				deepEqual(contents(beta), all)
			})
})
