// A hostile follower against a real `sync`: what it answers. After each row nothing outside is touched, nothing is lost, the
// program ends by itself with the right code and names the reason.
import assert from 'node:assert/strict'
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {decode, Fetch, Hello, Look} from '../../src/lib/wire/messages.js'
import {decodeSteps} from '../../src/lib/wire/steps.js'
import {concurrently, type Job} from '../e2e/support/concurrent.js'
import {Dir} from '../e2e/support/dir.js'
import {Device} from '../e2e/support/pair.js'
import {told} from '../e2e/support/program.js'
import {parseError, parseResult, type SyncResult} from '../e2e/support/result.js'
import {tempFolder} from '../e2e/support/temp.js'
import {batchBytes, noEntries, type StateColumns} from './support/columns.js'
import {type HostilePeer, room, trap} from './support/peer.js'
import {
	fileColumns,
	folderColumns,
	goneColumns,
	hashOf,
	linkColumns,
	mtime,
	newDevice,
	packFrame,
	welcome,
} from './support/words.js'

const heavy = process.env['FILESYNC_HEAVY'] === '1'

/** Rows of a `records` frame with one version for all of them. */
const records = (rows: readonly (readonly [string, StateColumns])[], vector: readonly unknown[]): Uint8Array =>
	batchBytes(
		rows.map(([path, state]) => ({path, state})),
		[vector],
	)

const scanned = {seq: 1, files: 0, bytes: 0, problems: [], moreProblems: 0}

/** Greets, takes `begin`, shows these records. */
async function show(
	peer: HostilePeer,
	rows: readonly (readonly [string, StateColumns])[],
	bend: object = {},
): Promise<string> {
	const device = newDevice()
	await peer.hear('hello')
	peer.say('welcome', welcome(device, bend))
	await peer.hear('begin')
	if (rows.length > 0) peer.say('records', records(rows, [device, 1]))
	peer.say('scanned', scanned)
	return device
}

type Looked = (paths: readonly string[]) => Uint8Array

/** Takes the plan up to its close. */
async function takeSteps(peer: HostilePeer, ids: number[], looked: Looked = () => noEntries): Promise<void> {
	for (;;) {
		const {name, body} = await peer.hear('look', 'steps', 'prepare')
		if (name === 'prepare') return
		if (name === 'look') peer.say('looked', looked(decode(Look, body, 'look').paths))
		else ids.push(...decodeSteps(body).steps.map(({id}) => id))
	}
}

/** Takes the plan and answers that it will do all of it; gives the ids of the steps. */
async function takePlan(
	peer: HostilePeer,
	bend: object = {},
	looked: Looked = () => noEntries,
): Promise<readonly number[]> {
	const ids: number[] = []
	await takeSteps(peer, ids, looked)
	peer.say('prepared', {last: true, deletions: 0, held: 0, steps: [], ...bend})
	return ids
}

/** Does as asked for: sends `contents` by path, takes what comes, settles. */
async function obey(
	peer: HostilePeer,
	contents: Readonly<Record<string, string>> = {},
	looked?: Looked,
): Promise<void> {
	await takePlan(peer, {}, looked)
	await peer.hear('carryOut')
	for (;;) {
		const {name, body} = await peer.hear('fetch', 'settle')
		if (name === 'settle') break
		for (const [id, path] of decode(Fetch, body, 'fetch').items) {
			const content = contents[path] ?? ''
			peer.parts('pack', packFrame([{id, content}]))
		}
	}
	peer.say('settled', {seq: 1, pending: [], agreed: true})
}

interface Expected {
	/** Exit code. */
	readonly code: number
	/** The error's code and message, or a problem's. */
	readonly says?: RegExp
	readonly settings?: object
	readonly check?: (result: SyncResult | undefined, device: Device) => void
	readonly args?: readonly string[]
	readonly heavy?: boolean
}

function attack(name: string, expected: Expected, behave: (peer: HostilePeer) => Promise<void>): Job {
	const run = async (): Promise<void> => {
		const home = tempFolder('answers')
		const outside = new Dir(join(home, 'outside'))
		mkdirSync(outside.path)
		outside.write('secret.txt', 'secret').write('sub/deep.txt', 'deep')
		const alpha = new Device(home, 'alpha', {...expected.settings}, undefined)
		alpha.dir.write('keep.txt', 'keep').write('dir/inner.txt', 'inner').link('out', '../outside')
		for (let i = 0; i < 20; i++) alpha.dir.write(`many/${i}.txt`, `number ${i}`)
		const before = {outside: outside.exact, own: alpha.dir.tree}
		const {port, close} = await trap(behave)
		try {
			alpha.connectTo(port)
			const outcome = await alpha.run('sync', '--json', ...(expected.args ?? []))
			assert.equal(outcome.code, expected.code, told(outcome))
			if (expected.says !== undefined) assert.match(JSON.stringify(JSON.parse(outcome.stdout)), expected.says)
			const isError = outcome.code !== 0 && outcome.code !== 1
			if (isError) assert.match(parseError(outcome.stdout).code, /^[A-Z_]+$/)
			assert.deepEqual(outside.exact, before.outside, 'something outside was touched')
			for (const [path, content] of Object.entries(before.own))
				assert.equal(alpha.dir.tree[path], content, `${path} is lost`)
			expected.check?.(isError ? undefined : parseResult(outcome.stdout), alpha)
		} finally {
			await close()
		}
	}
	return {name, run, skip: expected.heavy === true && !heavy ? 'takes minutes: FILESYNC_HEAVY=1' : undefined}
}

/** A greeting, then something else than a good answer to `begin`. */
const instead =
	(act: (peer: HostilePeer, device: string) => void | Promise<void>) =>
	async (peer: HostilePeer): Promise<void> => {
		const device = newDevice()
		await peer.hear('hello')
		peer.say('welcome', welcome(device))
		await peer.hear('begin')
		await act(peer, device)
	}

const dropped = {code: 3, says: /"code":"PROTOCOL"/}
const badPaths = [
	'../x',
	'a/../../x',
	'',
	'.',
	'/abs',
	'a//b',
	'a/',
	'.filesync/root.json',
	'.FILESYNC/x',
	'nul\0x',
	'\ud800',
]
/** Those that can stand in a batch: in path order, without a NUL, and UTF-8. */
const inColumns = badPaths.filter((path) => path.isWellFormed() && !path.includes('\0')).sort()

describe('a hostile follower', function () {
	this.timeout(120_000)
	concurrently([
		attack(
			'shows bad paths: refused one by one, the others are taken',
			{
				code: 1,
				says: /"code":"BAD_PATH"/,
				check: (result, {dir}) => {
					assert.equal(result?.problems.length, inColumns.length)
					assert.equal(dir.read('zz-good.txt'), 'good')
				},
			},
			async (peer) => {
				const rows = inColumns.map((path) => [path, fileColumns('evil')] as const)
				await show(peer, [...rows, ['zz-good.txt', fileColumns('good')]])
				await obey(peer, {'zz-good.txt': 'good'})
			},
		),
		attack(
			'shows a link to .. and a file below it',
			{code: 1, says: /"path":"up\/evil.txt".*"code":"E/},
			async (peer) => {
				await show(peer, [
					['up', linkColumns('..')],
					['up/evil.txt', fileColumns('evil')],
				])
				await obey(peer, {'up/evil.txt': 'evil'})
			},
		),
		attack('shows files below a link that stands here', {code: 1, says: /"path":"out\/secret.txt"/}, async (peer) => {
			await show(peer, [
				['out/secret.txt', fileColumns('evil')],
				['out/sub', folderColumns(0o777)],
				['out/sub/planted', fileColumns('evil')],
			])
			await obey(peer, {'out/secret.txt': 'evil', 'out/sub/planted': 'evil'})
		}),
		attack(
			'shows a file and a child of it, and children without folders',
			{code: 1, check: (result) => assert.ok((result?.problems.length ?? 0) >= 2)},
			async (peer) => {
				await show(peer, [
					['a', fileColumns('a')],
					['a/b', fileColumns('b')],
					['x/y/z', fileColumns('z')],
				])
				await obey(peer, {a: 'a', 'a/b': 'b', 'x/y/z': 'z'})
			},
		),
		attack('shows everything as deleted', {code: 0}, async (peer) => {
			const paths = [
				'dir',
				'dir/inner.txt',
				'keep.txt',
				'many',
				...Array.from({length: 20}, (_, i) => `many/${i}.txt`),
			].sort()
			await show(
				peer,
				paths.map((path) => [path, goneColumns]),
			)
			await obey(peer)
		}),
		attack(
			'shows everything as deleted, with versions of this very device',
			{code: 5, says: /TOO_MANY_DELETIONS/},
			async (peer) => {
				const {body} = await peer.hear('hello')
				const {device} = decode(Hello, body, 'hello')
				peer.say('welcome', welcome(newDevice()))
				await peer.hear('begin')
				const paths = [
					'dir',
					'dir/inner.txt',
					'keep.txt',
					'many',
					...Array.from({length: 20}, (_, i) => `many/${i}.txt`),
				].sort()
				peer.say(
					'records',
					records(
						paths.map((path) => [path, goneColumns]),
						[device, 2 ** 47],
					),
				)
				peer.say('scanned', scanned)
				await obey(peer)
			},
		),
		attack('sends another content than it announced', {code: 1, says: /"code":"HASH"/}, async (peer) => {
			await show(peer, [['new.txt', fileColumns('good')]])
			await obey(peer, {'new.txt': 'evil'})
		}),
		attack('sends fewer bytes than it announced', {code: 1, says: /"code":"SIZE"/}, async (peer) => {
			await show(peer, [['new.txt', fileColumns('good')]])
			await obey(peer, {'new.txt': 'go'})
		}),
		attack('sends a content that nobody asked for', dropped, async (peer) => {
			await show(peer, [['new.txt', fileColumns('good')]])
			await takePlan(peer)
			await peer.hear('fetch')
			peer.parts('pack', packFrame([{id: 4711, content: 'evil'}]))
		}),
		attack(
			'shows records out of order',
			dropped,
			instead((peer, device) =>
				peer.say(
					'records',
					records(
						[
							['b', fileColumns('b')],
							['a', fileColumns('a')],
						],
						[device, 1],
					),
				),
			),
		),
		attack(
			'shows records that are JSON',
			{code: 3, says: /PROTOCOL.*index records whose batch of entries/},
			instead((peer) => peer.say('records', [[], []])),
		),
		attack(
			'shows a batch that was cut off',
			{code: 3, says: /PROTOCOL.*columns that do not add up/},
			instead((peer, device) => peer.say('records', records([['n', fileColumns('x')]], [device, 1]).subarray(0, -1))),
		),
		attack(
			'shows 65,535 rows of nothing',
			{code: 3, says: /PROTOCOL.*more than 5000 rows/},
			instead((peer) => peer.say('records', batchBytes([], [], {rows: 65_535}))),
		),
		attack(
			'shows a page of an index',
			{code: 3, says: /PROTOCOL.*columns that no peer sends/},
			instead((peer) => peer.say('records', batchBytes([], [], {holds: 2}))),
		),
		attack('greets and shows a frame of records beyond 64 KiB in one breath', {code: 0}, async (peer) => {
			const name = 'n'.repeat(200)
			const rows = Array.from(
				{length: 1000},
				(_, i) => [`${name}${String(i).padStart(4, '0')}`, ['d', 0, mtime, 0o755, null]] as const,
			)
			await show(peer, rows)
			await obey(peer)
		}),
		attack('answers a look with one path twice', {code: 3, says: /PROTOCOL.*not in path order/}, async (peer) => {
			await show(peer, [['keep.txt', ['f', 4, mtime, 0o644, null]]])
			await peer.hear('look')
			const row = ['keep.txt', fileColumns('keep')] as const
			peer.say('looked', records([row, row], [newDevice(), 1]))
		}),
		attack(
			'shows one path 5,000 times',
			dropped,
			instead((peer, device) =>
				peer.say(
					'records',
					records(
						Array.from({length: 5000}, () => ['same', fileColumns('x')] as const),
						[device, 1],
					),
				),
			),
		),
		attack(
			'shows a size of -1',
			dropped,
			instead((peer, device) => peer.say('records', records([['n', ['f', -1, mtime, 0, null]]], [device, 1]))),
		),
		attack(
			'shows an mtime of 1e300',
			dropped,
			instead((peer, device) => peer.say('records', records([['n', ['f', 1, 1e300, 0, null]]], [device, 1]))),
		),
		attack('shows a size of 2^53-1 and sends nothing of it', {code: 1, says: /"code":"SIZE"/}, async (peer) => {
			await show(peer, [['new.txt', ['f', Number.MAX_SAFE_INTEGER, mtime, 0o644, hashOf('x')]]])
			await obey(peer, {'new.txt': 'x'})
		}),
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
		attack('answers a look with something else', dropped, async (peer) => {
			await show(peer, [['keep.txt', ['f', 4, mtime, 0o644, null]]])
			await peer.hear('look')
			peer.say('looked', records([['other.txt', fileColumns('x')]], [newDevice(), 1]))
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
			'nests an index deep',
			dropped,
			instead((peer) => peer.say('records', batchBytes([], [], {head: '['.repeat(1 << 20)}))),
		),
		attack(
			'shows a conflict whose copy names are taken',
			{code: 0, check: (result) => assert.equal(result?.conflicts.length, 1)},
			async (peer) => {
				const device = newDevice()
				await peer.hear('hello')
				peer.say('welcome', welcome(device))
				await peer.hear('begin')
				peer.say('records', records([['keep.txt', fileColumns('evil')]], [device, 1]))
				peer.say('scanned', scanned)
				let asked = 0
				await obey(peer, {'keep.txt': 'evil'}, (paths) => {
					const taken = asked++ < 3 ? paths.filter((path) => path.includes('sync-conflict')) : []
					return records(
						taken.map((path) => [path, fileColumns('x')]),
						[device, 1],
					)
				})
			},
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
		attack(
			'shows an index beyond the room for it',
			{code: 3, says: /an index too large for the \d+ MB/, heavy: true},
			instead(async (peer, device) => {
				const name = 'n'.repeat(200)
				let ended = false
				void peer.ended.then(() => (ended = true))
				for (let at = 0; !ended; at += 5000) {
					const rows = Array.from(
						{length: 5000},
						(_, i) => [`${name}/${String(at + i).padStart(12, '0')}`, ['f', 4, mtime, 0o644, null]] as const,
					)
					peer.say('records', records(rows, [device, 1]))
					await room(peer)
				}
			}),
		),
	])
})
