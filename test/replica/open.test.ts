// Opening folder and index: what an index that cannot be used needs, and what a first sync makes of it.
import {deepEqual, equal, notEqual, ok, rejects} from 'node:assert/strict'
import {mkdirSync, readdirSync, writeFileSync} from 'node:fs'
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

	for (const isSpoilt of [false, true])
		it(`a preview of a first sync leaves nothing behind, the index ${isSpoilt ? 'damaged' : 'whole'}`, () =>
			withHome(async (home) => {
				const before = process.env['TMPDIR']
				for (let i = 0; i < 100; i++) writeFileSync(join(home.root, `${i}`), `${i}`)
				const past = await home.open()
				await scanOf(past)
				const {device, seq} = past
				await past.close()
				if (isSpoilt) await spoilRecords(home)
				const temp = join(home.root, '..', 'tmp')
				mkdirSync(temp)
				process.env['TMPDIR'] = temp
				try {
					const preview = await home.open({firstSync: true, preview: true})
					notEqual(preview.device, device)
					equal(readdirSync(temp).length, 1)
					await rejects(home.open(), {code: 'FOLDER_LOCKED'})
					equal((await scanOf(preview)).files, 100)
					await preview.close()
				} finally {
					if (before === undefined) delete process.env['TMPDIR']
					else process.env['TMPDIR'] = before
				}
				deepEqual(readdirSync(temp), [])
				const after = await home.open()
				deepEqual([after.device, after.seq], [device, seq])
				await after.close()
			}))
})
