// A hostile leader against a real `serve`: what it may see, fetch and delete.
import assert from 'node:assert/strict'
import {readdirSync} from 'node:fs'
import {callOn} from './support/peer.js'
import {besieged, Victim} from './support/victim.js'
import {closePlan, goneColumns, hello, newDevice, settleRound, stepsFrame, type Wish} from './support/words.js'

describe('a hostile leader: scope', function () {
	this.timeout(60_000)
	const victim = besieged('scope')

	const fetched = async (items: readonly (readonly [unknown, unknown, unknown])[]): Promise<string> => {
		const {peer} = await victim.inRound()
		await closePlan(peer)
		peer.say('carryOut')
		peer.say('fetch', {items})
		const {body} = await peer.hear('pack')
		peer.leave()
		return Buffer.from(body).toString('latin1')
	}
	it('ignored files are not shown, not looked at, not sent', async () => {
		const {peer, shown} = await victim.inRound()
		assert.deepEqual(
			[...shown.keys()].filter((path) => path.startsWith('private')),
			[],
		)
		peer.say('look', {paths: ['private', 'private/key.pem', 'keep.txt']})
		const {body} = await peer.hear('looked')
		assert.doesNotMatch(Buffer.from(body).toString(), /private/)
		peer.leave()
		const pack = await fetched([[1, 'private/key.pem', 'private/key.pem']])
		assert.match(pack, /CHANGED/)
		assert.doesNotMatch(pack, /a private key/)
	})

	for (const path of ['nothing.txt', 'dir', 'dir/nothing', 'keep.txt/below'])
		it(`asked for ${path}: a fault, no content`, async () => assert.match(await fetched([[1, path, path]]), /CHANGED/))

	it('through a link: no content from outside', async () => {
		victim.root.link('way-out', '../outside')
		const pack = await fetched([[1, 'way-out/secret.txt', 'way-out/secret.txt']])
		assert.doesNotMatch(pack, /secret\n?$/)
		assert.match(pack, /CHANGED/)
	})

	it('one content asked for twice, and more wishes than there are files', async () => {
		for (const [items, says] of [
			[
				[
					[1, 'keep.txt', 'keep.txt'],
					[1, 'keep.txt', 'keep.txt'],
				],
				/asked for twice/,
			],
			[Array.from({length: 5001}, (_, i) => [i, 'keep.txt', 'keep.txt']), /a fetch whose/],
			[[[2 ** 32, 'keep.txt', 'keep.txt']], /a fetch whose/],
		] as const) {
			const {peer} = await victim.inRound()
			await closePlan(peer)
			peer.say('carryOut')
			peer.say('fetch', {items})
			assert.match(await peer.dropped(), says)
		}
		const {peer} = await victim.inRound()
		await closePlan(peer)
		peer.say('carryOut')
		for (let frame = 0; frame < 3; frame++)
			peer.say('fetch', {items: Array.from({length: 5000}, (_, i) => [frame * 5000 + i, 'no', 'no'])})
		assert.match(await peer.dropped(), /more wishes than there are contents/)
	})

	it('a rules file that no matcher ends with is refused by name, whoever wrote it', async () => {
		victim.root.write('.filesyncignore', `${'**/a/'.repeat(12)}b\n`).write(`${'a/'.repeat(120)}c`, 'deep')
		const peer = await callOn(victim.port)
		peer.say('hello', hello(newDevice()))
		peer.say('begin', {round: 1})
		assert.match(await peer.dropped(), /CONFIG_INVALID.*more than 2/)
		victim.root.rm('.filesyncignore', 'a')
	})

	it('everything deleted is held', async () => {
		const {peer, device, shown} = await victim.inRound()
		const live = [...shown.values()].filter(({state}) => state.kind !== 'gone')
		const wishes = live.map(({path}, i): Wish => ({id: i + 1, do: 'r', path, state: goneColumns}))
		peer.say('steps', stepsFrame(wishes, shown, device))
		await closePlan(peer, {allowDeletes: false})
		peer.say('carryOut')
		assert.match(await peer.dropped(), /TOO_MANY_DELETIONS/)
		assert.equal(victim.root.read('keep.txt'), 'keep')
	})

	it('everything overwritten, then deleted by its leave: all of it lies in the trash', async () => {
		const other = new Victim('trash')
		await other.start()
		const {peer, device, shown} = await other.inRound()
		const files = [...shown.values()].filter(({state}) => state.kind === 'file')
		const wishes = files.map(({path}, i): Wish => ({id: i + 1, do: 'r', path, state: goneColumns}))
		peer.say('steps', stepsFrame(wishes, shown, device))
		await closePlan(peer, {allowDeletes: true})
		peer.say('carryOut')
		assert.deepEqual([...(await settleRound(peer))], [])
		const kept = readdirSync(other.root.at('.filesync/trash'), {recursive: true}).map(String)
		for (let i = 0; i < 30; i++)
			assert.ok(
				kept.some((path) => path.endsWith(`/many/${i}.txt`)),
				`many/${i}.txt is kept`,
			)
		peer.leave()
		await other.stop()
	})
})
