// A hostile follower against a real `sync`: how it answers. Greetings, wrong order, made-up results, leaving.
import assert from 'node:assert/strict'
import {decode, Hello} from '../../src/lib/wire/messages.js'
import {concurrently} from '../e2e/support/concurrent.js'
import {noEntries} from './support/columns.js'
import {attack, badPaths, dropped, instead, show, takePlan, takeSteps} from './support/follower.js'
import {fileColumns, newDevice, welcome} from './support/words.js'

describe('a hostile follower: what it answers', function () {
	this.timeout(120_000)
	concurrently([
		attack('says hello instead of welcome', dropped, async (peer) => {
			await peer.hear('hello')
			peer.say('hello', {})
		}),
		attack('says welcome with a wrong body', dropped, async (peer) => {
			await peer.hear('hello')
			peer.say('welcome', {protocol: 2})
		}),
		attack('says that it is the same device', {code: 4, says: /SELF_CONNECTION/}, async (peer) => {
			const {body} = await peer.hear('hello')
			const {device} = decode(Hello, body, 'hello')
			peer.say('welcome', welcome(device))
		}),
		attack('says that it works on the same folder', {code: 5, says: /SAME_FOLDER/}, async (peer) => {
			await peer.hear('hello')
			peer.say('welcome', welcome(newDevice(), {sameFolder: true}))
		}),
		attack(
			'is of a newer version',
			{
				code: 3,
				says: /PEER_VERSION.*speaks wire protocol 3; the peer .* needs 9 or later.*update FileSync on this device/,
			},
			async (peer) => {
				await peer.hear('hello')
				peer.say('welcome', welcome(newDevice(), {protocol: 9, oldest: 9}))
			},
		),
		attack(
			'is of an older version',
			{code: 3, says: /PEER_VERSION.*speaks wire protocol 2; .* needs 3 or later.*update FileSync on the peer hostile/},
			async (peer) => {
				await peer.hear('hello')
				peer.say('welcome', welcome(newDevice(), {protocol: 2, oldest: 2}))
			},
		),
		// Followers before protocol 3 refuse without a greeting of their own.
		attack(
			'refuses this version in the words of protocol 2',
			{
				code: 3,
				says: /PEER_VERSION.*this device runs filesync [^;]*needs wire protocol 3 or later; the peer speaks an older one.*this side speaks 2 to 2.*\["update FileSync on the peer"\]/,
			},
			async (peer) => {
				await peer.hear('hello')
				const message = 'the peer runs filesync 0.1.0 with protocol 3 to 3; this side speaks 2 to 2'
				peer.say('error', {code: 'PEER_VERSION', message, advice: ['update FileSync on this device']})
			},
		),
		attack(
			'asks for a content instead of doing a step',
			dropped,
			instead((peer) => peer.say('fetch', {items: [[1, 'keep.txt', 'keep.txt']]})),
		),
		attack('answers steps that nobody asked for', dropped, async (peer) => {
			await show(peer, [])
			await takePlan(peer, {steps: [[4711, 'nothing', '', '']]})
		}),
		attack('tells of results that nobody asked for', dropped, async (peer) => {
			await show(peer, [['new.txt', fileColumns('good')]])
			await takePlan(peer)
			await peer.hear('fetch')
			peer.say('applied', {results: Array.from({length: 5000}, (_, i) => [100_000 + i, {code: 'X', message: 'x'}])})
		}),
		attack('gives more credit than was used', dropped, async (peer) => {
			await show(peer, [])
			await takePlan(peer)
			await peer.hear('carryOut')
			peer.say('credit', {bytes: 1e15})
		}),
		attack('settles with a generation beyond all bounds', {code: 3}, async (peer) => {
			await peer.hear('hello')
			peer.say(
				'welcome',
				welcome(newDevice(), {agreement: {last: {generation: 2 ** 53 - 1, token: 'x'}, before: null}}),
			)
		}),
		attack('settles with a sequence number that is none', dropped, async (peer) => {
			await show(peer, [])
			await takePlan(peer)
			await peer.hear('settle')
			peer.say('settled', {seq: 1.5, pending: [], agreed: true})
		}),
		attack('settles with bad paths left over', {code: 0}, async (peer) => {
			await show(peer, [])
			await takePlan(peer)
			await peer.hear('settle')
			peer.say('settled', {seq: 1, pending: badPaths, agreed: true})
		}),
		attack(
			'refuses everything with escape sequences in the reason',
			{code: 1, check: (result) => assert.ok((result?.problems.length ?? 0) > 20)},
			async (peer) => {
				await show(peer, [])
				const ids: number[] = []
				await takeSteps(peer, ids)
				const steps = ids.map((id) => [id, 'refused', '', 'EVIL: \u001b[2J\u202e\n\u0007'])
				peer.say('prepared', {last: true, deletions: 0, held: 0, steps})
				await peer.hear('settle')
				peer.say('settled', {seq: 1, pending: [], agreed: true})
			},
		),
		attack('ends with an error of its own making', {code: 3, says: /"code":"PEER_FAILED"/}, async (peer) => {
			await peer.hear('hello')
			peer.say('error', {code: 'NO_SUCH_CODE', message: '\u001b[2Jboom', advice: ['rm -rf /']})
		}),
		attack(
			'ends with an error that claims to be INTERNAL here',
			{code: 3, says: /"code":"PEER_FAILED"/},
			async (peer) => {
				await peer.hear('hello')
				peer.say('error', {code: 'INTERNAL', message: 'x', advice: []})
			},
		),
		// As a node that does not accept this device's certificate: TLS 1.3 shows that no other way.
		attack('leaves after the hello', {code: 4, says: /PEER_REFUSED/}, async (peer) => {
			await peer.hear('hello')
			peer.leave()
		}),
		attack(
			'leaves in the middle of the index',
			{code: 3, says: /CONNECTION_LOST/},
			instead(async (peer) => {
				peer.say('records', noEntries)
				await peer.said()
				peer.leave()
			}),
		),
		attack('leaves instead of settling', {code: 3, says: /CONNECTION_LOST/}, async (peer) => {
			await show(peer, [['new.txt', fileColumns('good')]])
			await takePlan(peer)
			await peer.hear('settle', 'fetch')
			peer.leave()
		}),
		attack(
			'sends a frame beyond the limit',
			dropped,
			instead((peer) => peer.say('records', Buffer.alloc(9 << 20))),
		),
		attack(
			'is silent after the hello: given up after 10 s',
			{code: 3, says: /did not answer within 10 s/},
			async (peer) => {
				await peer.hear('hello')
			},
		),
		attack(
			'is silent after begin: given up after 45 s',
			{code: 3, says: /has been silent/, heavy: true},
			instead((peer) => {
				peer.deaf = true
			}),
		),
		attack(
			'sends junk that nobody waits for and says ping: given up after 45 s',
			{code: 3, says: /more frames than were due/, heavy: true},
			async (peer) => {
				await show(peer, [['new.txt', fileColumns('good')]])
				await takePlan(peer)
				await peer.hear('fetch')
				for (let i = 0; i < 100; i++) peer.say('records', noEntries)
			},
		),
	])
})
