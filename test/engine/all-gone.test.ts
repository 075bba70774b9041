// A scan may meet a renamed folder under neither name. Where it held all files there were, they are known again all the same.
import {deepEqual, equal} from 'node:assert/strict'
import {mkdirSync, renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Device} from './support/device.js'
import {calm, syncDevices} from './support/sync.js'
import {makeTemp, removeTemp} from './support/temp.js'

describe('engine: all files gone for one scan', () => {
	it('under their new names they have their hashes, and nothing is sent', async () => {
		const home = makeTemp()
		let count = 0
		const random = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(++count)
		const options = {odd: false, hasLarge: false, isNatural: true, home, random, worldMs: Date.now, maxConcurrency: 2}
		const [here, there] = [new Device('here', options), new Device('there', options)]
		try {
			mkdirSync(join(here.disk.root, 'old'))
			for (const name of ['a', 'b']) writeFileSync(join(here.disk.root, 'old', name), `content of ${name}`)
			await syncDevices(here, there, calm)
			renameSync(join(there.disk.root, 'old'), join(home, 'away'))
			await there.scan()
			renameSync(join(home, 'away'), join(there.disk.root, 'new'))
			await there.scan()
			const {outcomes, movedBytes} = await syncDevices(here, there, calm)
			equal(movedBytes, 0)
			deepEqual(outcomes.flatMap(({local}) => [...local.values()].filter(({how}) => how === 'local')).length, 2)
			equal(here.disk.refresh().picture(), there.disk.refresh().picture())
		} finally {
			for (const device of [here, there]) await device.close()
			removeTemp(home)
		}
	})
})
