// Typing mistakes find the word that was meant; other words find none.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import {editDistance, nearest} from '../../src/lib/config/nearest.js'

const keys = [
	'local_dir',
	'peer',
	'peer.host',
	'certs',
	'certs.peer_cert',
	'debounce_ms',
	'max_concurrency',
	'trash_days',
]

describe('config: the nearest key', () => {
	const rows: [string, string | undefined][] = [
		['local_dri', 'local_dir'],
		['localDir', 'local_dir'],
		['Local-Dir', 'local_dir'],
		['pere', 'peer'],
		['max_concurency', 'max_concurrency'],
		['peer_cert', 'certs.peer_cert'],
		['hots', 'peer.host'],
		['x', undefined],
		['', undefined],
		['completely_other', undefined],
		['a'.repeat(100_000), undefined],
	]
	for (const [word, expected] of rows)
		it(`${word.slice(0, 20)} → ${expected}`, () => assert.equal(nearest(word, keys), expected))

	it('the distance is symmetric, zero for equals, and one for one edit', () => {
		const word = fc.string({maxLength: 12})
		fc.assert(
			fc.property(word, word, fc.nat(), (a, b, at) => {
				assert.equal(editDistance(a, b), editDistance(b, a))
				assert.equal(editDistance(a, a), 0)
				const place = at % (a.length + 1)
				assert.equal(editDistance(a, `${a.slice(0, place)}#${a.slice(place)}`), 1)
			}),
		)
	})
})
