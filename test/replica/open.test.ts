// Opening folder and index: what an index that cannot be used needs, and what a first sync makes of it.
import {equal, ok, rejects} from 'node:assert/strict'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {ClassicLevel} from 'classic-level'
import {rel} from '../core/model/disk.js'
import {type Home, scanOf, withHome} from './support.js'

/** Spoils the records and leaves all that `open` reads, so that the damage shows where the index is read whole. */
async function spoilRecords({indexDir}: Home): Promise<void> {
	const level = new ClassicLevel<string, string>(join(indexDir, 'db'))
	let spoilt = 0
	for await (const [key, value] of level.iterator({gte: 'r', lt: 's'})) {
		await level.put(key, `x${value.slice(1)}`)
		spoilt++
	}
	await level.close()
	ok(spoilt > 0, 'the index holds records')
}

describe('replica/open', function () {
	this.timeout(30_000)

	it('a first sync on an index that opens but cannot be read works the first time', () =>
		withHome(async (home) => {
			for (let i = 0; i < 100; i++) writeFileSync(join(home.root, `${i}`), `${i}`)
			const before = await home.open()
			await scanOf(before)
			await before.close()
			await spoilRecords(home)
			const damaged = await home.open()
			await rejects(damaged.records([rel('1')]), {code: 'INDEX_DAMAGED'})
			await damaged.close()
			const replica = await home.open({firstSync: true})
			equal((await scanOf(replica)).files, 100)
			await replica.close()
		}))
})
