// Every small history of one operation a side, and a sample of two: what the two-way rules want is what stands. All: npm run histories.
import {deepEqual, equal} from 'node:assert/strict'
import {rel} from '../model/disk.js'
import {seed} from '../model/histories.js'
import {countOf, partOf, sampleOf} from './choice.js'
import {faultOf, wantedAfter} from './contract.js'
import {type Extent, playAll, startNames, startOf} from './play.js'

const one: Extent = {ops: 1, looks: false}
const two: Extent = {ops: 2, looks: true}
/** How many of two operations a side are played from each start. */
const sampled = 4000

describe(`core: small histories (FILESYNC_SEED=${seed})`, function () {
	this.timeout(60_000)
	for (const name of startNames) {
		it(`all of one operation a side, ${name} start`, () => {
			const start = startOf(name, one)
			const {histories, faults} = playAll(start, partOf(countOf(start)))
			deepEqual(faults, [])
			equal(histories, name === 'empty' ? 13 ** 2 : 27 ** 2)
		})

		it(`a sample of two operations a side, ${name} start`, () => {
			const start = startOf(name, two)
			const {histories, faults} = playAll(start, sampleOf(countOf(start), sampled, seed))
			deepEqual(faults, [])
			equal(histories, sampled)
		})
	}

	it('the rules written a second time tell what is lost, came back, was invented', () => {
		const node = {kind: 'file', content: 'x', size: 3, mtime: 1e15, mode: 0o644, ino: 1, ctime: 1} as const
		const base = new Map([[rel('a'), node]])
		const edited = new Map([[rel('a'), {...node, content: 'y', mtime: 2e15}]])
		const empty = new Map()
		const side = (name: string, folder: typeof base | typeof edited) => ({name, folder, seen: new Map()})
		const afterEdit = wantedAfter(base, side('laptop', edited), side('phone', empty))
		equal(faultOf(afterEdit, edited), undefined)
		equal(faultOf(afterEdit, empty), 'a is lost: a file "y" must stand there')
		equal(faultOf(afterEdit, base), 'a is a file "x", not a file "y"')
		equal(
			faultOf(wantedAfter(base, side('laptop', base), side('phone', empty)), base),
			'a must not be there: a file "x"',
		)
		const strange = new Map([[rel('a'), {...node, mode: 0o777}]])
		equal(faultOf(wantedAfter(base, side('laptop', base), side('phone', base)), strange), 'a has the mode 777, not 644')
	})
})
