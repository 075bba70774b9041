// Paths from one listing a folder come in the order of `<`, whatever the names are.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type {Listing} from '../../src/lib/tree/scan/names.js'
import {visitInOrder} from '../../src/lib/tree/scan/order.js'

/** Listings of a tree given by its paths; what stands above another path is a folder. */
function listingsOf(paths: ReadonlySet<string>): {all: string[]; listings: Map<string, Listing>} {
	const all = new Set<string>()
	for (const path of paths)
		for (let up = path; up !== ''; up = up.slice(0, Math.max(0, up.lastIndexOf('/')))) all.add(up)
	const isFolder = (path: string): boolean => [...all].some((other) => other.startsWith(`${path}/`))
	const listings = new Map<string, Listing>()
	for (const folder of ['', ...[...all].filter(isFolder)]) {
		const prefix = folder === '' ? '' : `${folder}/`
		const names = [...all]
			.filter((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/') && path !== '')
			.map((path) => path.slice(prefix.length))
			.sort()
		listings.set(folder, {names, folders: names.filter((name) => isFolder(prefix + name))})
	}
	return {all: [...all].sort(), listings}
}

function visited(listings: ReadonlyMap<string, Listing>): [string, boolean][] {
	const found: [string, boolean][] = []
	visitInOrder(
		(folder) => listings.get(folder),
		'',
		(path, isFolder) => {
			found.push([path, isFolder])
			return isFolder
		},
	)
	return found
}

const name = fc.string({
	unit: fc.constantFrom('a', 'b', '!', '.', '-', '0', '\u00e4', '\u{1F4C1}'),
	minLength: 1,
	maxLength: 3,
})
const path = fc.array(name, {minLength: 1, maxLength: 4}).map((names) => names.join('/'))

describe('tree: the order of a scan', () => {
	it('what is in a folder comes after siblings that go on below `/`', () => {
		const {listings} = listingsOf(new Set(['a/x', 'a!/x', 'a!!/x', 'a.b', 'a0/x', 'b']))
		assert.deepEqual(
			visited(listings).map(([found]) => found),
			['a', 'a!', 'a!!', 'a!!/x', 'a!/x', 'a.b', 'a/x', 'a0', 'a0/x', 'b'],
		)
	})

	it('is that of a sort, for random trees', () => {
		fc.assert(
			fc.property(fc.array(path, {maxLength: 30}), (paths) => {
				const {all, listings} = listingsOf(new Set(paths))
				assert.deepEqual(
					visited(listings),
					all.map((found) => [found, listings.has(found)]),
				)
			}),
		)
	})
})
