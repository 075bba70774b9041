// Which names a disk may take for one, and under which other one to ask it.
import {deepEqual, equal, notEqual, ok} from 'node:assert/strict'
import {foldedName, otherSpellings} from '../../src/lib/core/folder/spelling.js'

describe('core: spelling', () => {
	for (const [a, b] of [
		['readme', 'README'],
		['caf\u00e9', 'cafe\u0301'],
		['CAF\u00c9', 'cafe\u0301'],
		['Docs/Read.me', 'docs/READ.ME'],
		['stra\u00dfe', 'STRASSE'],
		['\u1e9e', '\u00df'],
		['\u212a', 'k'],
		['\u0130', 'i\u0307'],
		['\u03c3', '\u03c2'],
		['a\u200db', 'ab'],
		['\uac00', '\u1100\u1161'],
	] as const)
		it(`${JSON.stringify(a)} and ${JSON.stringify(b)} may be one`, () => equal(foldedName(a), foldedName(b)))

	for (const [a, b] of [
		['a', 'b'],
		['a b', 'ab'],
		['\u00e9', 'e'],
		['docs/a', 'docs-a'],
	] as const)
		it(`${JSON.stringify(a)} and ${JSON.stringify(b)} are two`, () => notEqual(foldedName(a), foldedName(b)))

	for (const [name, others] of [
		['readme.txt', ['readme.txT']],
		['A', ['a']],
		['123', []],
		['\u00e4', ['\u00c4', 'a\u0308']],
		['caf\u00e9', ['caF\u00e9', 'cafe\u0301']],
		['1 \u4e2d', []],
	] as const)
		it(`${JSON.stringify(name)} is asked for by ${JSON.stringify(others)}`, () =>
			deepEqual(otherSpellings(name), others))

	it('every other spelling may be the name itself', () => {
		for (const name of ['Readme', '\u00c5ngstr\u00f6m', 'stra\u00dfe', '\u0130stanbul', '\uac00', '\u01c5'])
			for (const other of otherSpellings(name)) ok(foldedName(other) === foldedName(name), `${name} ${other}`)
	})
})
