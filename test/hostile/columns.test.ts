// A hostile leader against a real `serve`: `steps` frames whose columns lie. The decoders are one for all frames with a batch.
import assert from 'node:assert/strict'
import {deviceIdFrom} from '../../src/lib/core/entries/versions.js'
import {type Bend, batchBytes, type Row, type StepColumns, stepsBytes} from './support/columns.js'
import {besieged} from './support/victim.js'
import {
	fileColumns,
	folderColumns,
	hashOf,
	linkColumns,
	mtime,
	newDevice,
	stepsFrame,
	type Wish,
} from './support/words.js'

const device = 'a'.repeat(12)
const vectors = [[device, 1]]
const row = (path: string | Uint8Array, state = folderColumns()): Row => ({path, state})
const two = [row('a'), row('b', fileColumns('b'))]
const lone = Buffer.from([0xed, 0xa0, 0x80])

/** A frame of steps around these rows. */
const framed = (rows: readonly Row[], bend: Bend = {}, columns: Partial<StepColumns> = {}): Buffer =>
	stepsBytes({
		batch: batchBytes(rows, vectors, bend),
		ids: rows.map((_, i) => i + 1),
		doing: rows.map(() => 0),
		copies: [],
		...columns,
	})

describe('a hostile leader: columns', function () {
	this.timeout(60_000)
	const victim = besieged('columns')

	const refused = async (frame: Uint8Array, says: RegExp): Promise<void> => {
		const {peer} = await victim.inRound()
		peer.say('steps', frame)
		assert.match(await peer.dropped(), says)
	}

	describe('wrong values in a row end the conversation', () => {
		const manyDevices = Array.from({length: 1001}, (_, i) => deviceIdFrom(Buffer.from(String(i).padStart(12, '0'))))
		const rows: readonly [string, Partial<Wish>, RegExp][] = [
			['size -1', {state: ['f', -1, mtime, 0o644, null]}, /a number that is none/],
			['size 0.5', {state: ['f', 0.5, mtime, 0o644, null]}, /a wrong size/],
			['size 2^53+2', {state: ['f', 2 ** 53 + 2, mtime, 0o644, null]}, /a wrong size/],
			['size 1e300', {state: ['f', 1e300, mtime, 0o644, null]}, /a wrong size/],
			['size NaN', {state: ['f', Number.NaN, mtime, 0o644, null]}, /a number that is none/],
			['size infinite', {state: ['f', Number.POSITIVE_INFINITY, mtime, 0o644, null]}, /a number that is none/],
			['a folder of size 0.5', {state: ['d', 0.5, mtime, 0o755, null]}, /a wrong size/],
			['a tombstone of the year 1e300', {state: ['g', 1e300, 0, 0, null]}, /a wrong size/],
			['mtime NaN', {state: ['f', 4, Number.NaN, 0o644, null]}, /a number that is none/],
			['mtime 1e18', {state: ['f', 4, 1e18, 0o644, null]}, /a wrong mtime/],
			['mtime -1e18', {state: ['f', 4, -1e18, 0o644, null]}, /a wrong mtime/],
			['mtime 0.5', {state: ['f', 4, 0.5, 0o644, null]}, /a wrong mtime/],
			['parts that are no pair', {parts: [0]}, /a head of a wrong shape/],
			['a part that is not in the table', {parts: [0, 9]}, /versions of parts that are none/],
			['a part of index -1', {parts: [-1, 0]}, /versions of parts that are none/],
			['a folder with a hash', {state: ['d', 0, mtime, 0o755, hashOf('x')]}, /a hash where none can be/],
			['a tombstone with content', {state: ['g', 0, 0, 0, hashOf('x')]}, /a hash where none can be/],
			['a kind that is none', {state: ['x', 0, mtime, 0, null]}, /a row of an unknown kind/],
			['a link to nothing', {state: linkColumns('')}, /a wrong target/],
			['a link to a target with NUL', {state: linkColumns('a\0b')}, /a wrong target/],
			['a link to a target of 1 MB', {state: linkColumns('t'.repeat(1 << 20))}, /a wrong target/],
			['an unknown step', {do: 'z'}, /an unknown step/],
			['a path that is no UTF-8', {path: lone}, /a text that is not UTF-8/],
			['a path with a NUL', {path: 'nul\0inside'}, /another number of paths than rows/],
			['a copy name that is no UTF-8', {copy: lone}, /a conflict copy whose path is not UTF-8/],
			['a copy name with a NUL', {copy: 'nul\0inside'}, /another number of conflict copies/],
			['a version of an unknown device form', {vector: ['UPPER', 1]}, /a version that is none/],
			['a version with one device twice', {vector: [device, 1, device, 2]}, /a version that is none/],
			['a version with counter 0', {vector: [device, 0]}, /a version that is none/],
			['a version with counter 2^53', {vector: [device, 2 ** 53]}, /a version that is none/],
			['a version of half a pair', {vector: [device]}, /a version that is none/],
			['a version of 1,001 devices', {vector: manyDevices.sort().flatMap((id) => [id, 1])}, /too many devices/],
		]
		for (const [name, bend, says] of rows)
			it(name, async () => {
				const wish: Wish = {id: 1, do: 'p', path: 'new.txt', state: ['f', 4, mtime, 0o644, null], ...bend}
				await refused(stepsFrame([wish], new Map(), newDevice()), says)
			})
	})

	describe('columns that are none end the conversation', () => {
		const good = framed(two)
		const copy = {row: 0, version: 0, path: 'copy'}
		const manyRows = Array.from({length: 65_535}, (_, i) => row(String(i).padStart(5, '0')))
		const frames: readonly [string, Uint8Array, RegExp][] = [
			['nothing at all', Buffer.alloc(0), /steps with a wrong header/],
			['a header alone', good.subarray(0, 12), /longer than the frame/],
			['a header that is not zero at its end', Buffer.from(good).fill(1, 10, 11), /steps with a wrong header/],
			['a batch longer than the frame', framed(two, {}, {batchBytes: 0xffffffff}), /longer than the frame/],
			['a batch of 0 bytes', framed(two, {}, {batchBytes: 0}), /is too short/],
			['a batch that is shorter than it says', framed(two, {}, {batchBytes: 60}), /do not add up/],
			['a frame that was cut off', good.subarray(0, good.length - 1), /columns do not add up/],
			['another form', framed(two, {form: 2}), /a header of an unknown form/],
			['unknown columns', framed(two, {holds: 5}), /a header of an unknown form/],
			['the columns of an index', framed([], {holds: 2}), /columns that no peer sends/],
			['former contents', framed(two, {former: 1}), /more former contents than rows/],
			['hashes that are announced and missing', framed([row('a')], {holds: 1}), /do not add up/],
			['hashes that are there and not announced', framed(two, {holds: 0}), /do not add up/],
			['fewer rows than there are', framed(two, {rows: 1}), /do not add up/],
			['more rows than there are', framed(two, {rows: 3}), /do not add up/],
			['65,535 rows', framed(manyRows), /has more than 5000 rows/],
			['65,535 rows announced', framed(two, {rows: 65_535}), /has more than 5000 rows/],
			['a head of 4 GiB', framed(two, {headLength: 0xffffffff}), /do not add up/],
			['paths of 4 GiB', framed(two, {pathsLength: 0xffffffff}), /do not add up/],
			['bytes behind the paths', framed(two, {rest: Buffer.from('x')}), /do not add up/],
			['a path too many', framed(two, {paths: Buffer.from('a\0b\0c')}), /another number of paths/],
			['4 million empty paths', framed(two, {paths: Buffer.alloc(4 << 20)}), /another number of paths/],
			['a path too few', framed(two, {paths: Buffer.from('a')}), /another number of paths/],
			['paths without a row', framed([], {paths: Buffer.from('a')}), /another number of paths/],
			['a version beyond the table', framed([{...row('a'), version: 1}]), /a row without a version/],
			['rows and no versions at all', framed(two, {head: '[[],[],[]]'}), /a row without a version/],
			['one path twice', framed([row('a'), row('a')]), /not in path order/],
			['paths out of order', framed([row('b'), row('a')]), /not in path order/],
			['bad paths out of order', framed([row('../b'), row('../a')]), /not in path order/],
			['a head that is not JSON', framed(two, {head: '[['}), /a head that is not JSON/],
			['a head that is no UTF-8', framed(two, {head: lone}), /a text that is not UTF-8/],
			['a head of another shape', framed(two, {head: '{"a":[]}'}), /a head of a wrong shape/],
			['a head of two lists', framed(two, {head: '[[],[]]'}), /a head of a wrong shape/],
			['a head nested deep', framed(two, {head: '['.repeat(4 << 20)}), /a head that is nested too deep/],
			[
				'a head nested deep and closed',
				framed(two, {head: `${'['.repeat(1 << 20)}${']'.repeat(1 << 20)}`}),
				/too deep/,
			],
			['a head of objects nested deep', framed(two, {head: '{"":'.repeat(1 << 20)}), /too deep/],
			['15,001 versions', framed(two, {head: JSON.stringify([Array(15_001).fill([]), [], []])}), /too many versions/],
			['a target of no link', framed(two, {head: `[[["${device}",1]],[[0,"x"]],[]]`}), /a target where no link is/],
			['a target of row 2 of 2', framed(two, {head: `[[["${device}",1]],[[2,"x"]],[]]`}), /a link target that is none/],
			['a target of row -1', framed(two, {head: `[[["${device}",1]],[[-1,"x"]],[]]`}), /a link target that is none/],
			[
				'a link without a target',
				framed([row('a', linkColumns('x'))], {head: `[[["${device}",1]],[],[]]`}),
				/a link without a target/,
			],
			[
				'a target that is a number',
				framed([row('a', linkColumns('x'))], {head: `[[["${device}",1]],[[0,7]],[]]`}),
				/a link target that is none/,
			],
			[
				'parts of row 2 of 2',
				framed(two, {head: `[[["${device}",1]],[],[[2,0,0]]]`}),
				/versions of parts that are none/,
			],
			['an id too few', framed(two, {}, {ids: [1]}), /columns do not add up/],
			['one id twice', framed(two, {}, {ids: [1, 1]}), /two steps of one id/],
			['a copy of row 2 of 2', framed(two, {}, {copies: [{...copy, row: 2}]}), /a conflict copy of a wrong row/],
			['two copies of one row', framed(two, {}, {copies: [copy, copy]}), /a conflict copy of a wrong row/],
			[
				'a copy of version 1 of 1',
				framed(two, {}, {copies: [{...copy, version: 1}]}),
				/a conflict copy without a version/,
			],
			['65,535 copies announced', framed(two, {}, {copyCount: 65_535}), /do not add up/],
			['a copy that is not announced', framed(two, {}, {copies: [copy], copyCount: 0}), /do not add up/],
			[
				'a path of no copy',
				framed(two, {}, {copies: [copy], copyCount: 0, copyBytes: 8}),
				/another number of conflict copies/,
			],
			[
				'two copies of one path',
				framed(two, {}, {copies: [copy], copyCount: 2, copyBytes: 0}),
				/another number of conflict copies/,
			],
			['copy names of 4 GiB', framed(two, {}, {copies: [copy], copyBytes: 0xffffffff}), /do not add up/],
		]
		for (const [name, frame, says] of frames) it(name, () => refused(frame, says))
	})

	// An honest peer may hand on what it took from another, so the row alone is refused. Taken, one more edit here would
	// count beyond what an index can hold.
	it('a version that counts too high is refused alone, also that of a conflict copy', async () => {
		const high = [device, 2 ** 53 - 1]
		const round = await victim.round([
			{id: 1, do: 'm', path: 'high', state: folderColumns(), vector: high},
			{id: 2, do: 'm', path: 'low', state: folderColumns()},
		])
		assert.deepEqual([...round.refused], [[1, 'BAD_PATH: the path has a version that counts too high']])
		assert.deepEqual([victim.root.has('high'), victim.root.has('low')], [false, true])
		const {peer} = await victim.inRound()
		const batch = batchBytes([row('a')], [[device, 1], high])
		peer.say('steps', stepsBytes({batch, ids: [1], doing: [0], copies: [{row: 0, version: 1, path: 'copy'}]}))
		peer.say('prepare', {allowDeletes: false, dryRun: false})
		const {body} = await peer.hear('prepared')
		assert.match(Buffer.from(body).toString(), /counts too high/)
		peer.leave()
	})

	it('steps out of order over two frames, or one path in both', async () => {
		for (const [first, second] of [
			['a', 'a'],
			['b', 'a'],
		] as const) {
			const {peer} = await victim.inRound()
			peer.say('steps', framed([row(first)]))
			peer.say('steps', framed([row(second)], {}, {ids: [2]}))
			assert.match(await peer.dropped(), /not in path order/)
		}
	})

	it('two steps of one id over two frames', async () => {
		const {peer} = await victim.inRound()
		peer.say('steps', framed([row('a')]))
		peer.say('steps', framed([row('b')]))
		assert.match(await peer.dropped(), /two steps of one id/)
	})
})
