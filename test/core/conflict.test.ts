// Tables of conflicts: who keeps the name, and what the copy is called.
import {equal, ok} from 'node:assert/strict'
import fc from 'fast-check'
import type {LiveState} from '../../src/lib/core/entries/entry.js'
import {parseRelPath} from '../../src/lib/core/paths.js'
import {conflictName, deviceLabel, otherSide, type Side, winnerOf} from '../../src/lib/core/plan/conflict.js'
import {dir, file, link, rel} from './support.js'

const names = {local: 'laptop', remote: 'phone'}

type Row = readonly [
	name: string,
	local: LiveState,
	remote: LiveState,
	winner: Side,
	skewSec?: number,
	offsetSec?: number,
]
const rows: readonly Row[] = [
	['the newer', file('a', 110), file('b', 100), 'local'],
	['the newer, though smaller', file('a', 110, 1), file('b', 100, 9), 'local'],
	['within the skew the larger', file('a', 102, 1), file('b', 100, 9), 'remote'],
	['just beyond the skew the newer', file('a', 102.000001, 1), file('b', 100, 9), 'local'],
	['within the skew and equally large: the greater hash', file('a', 101), file('b', 100), 'remote'],
	['same mtime, same size: the greater hash', file('b', 100), file('a', 100), 'local'],
	['a skew of 0: the newer by a microsecond', file('a', 100.000001, 1), file('b', 100, 9), 'local', 0],
	['a skew of 0 and the same mtime: the larger', file('a', 100, 1), file('b', 100, 9), 'remote', 0],
	['a great skew: the larger', file('a', 3000, 1), file('b', 100, 9), 'remote', 3600],
	['a folder against a newer file', dir(), file('a', 9e9), 'local'],
	['a newer link against a folder', link('x', 9e9), dir(), 'remote'],
	['a newer link against a file', link('x', 200), file('a', 100), 'local'],
	['a link as old and as long as a file: the file', link('0123456789', 100), file('a', 100), 'remote'],
	['links: the longer target in bytes', link('ää', 100), link('abc', 100), 'local'],
	['links: the greater target', link('y', 100), link('x', 100), 'local'],
	['before 1970', file('a', -100), file('b', -200), 'local'],
	['the peer an hour ahead: its file is older than it looks', file('a', 1000), file('b', 4000), 'local', 2, 3600],
	['the peer an hour behind: its file is newer than it looks', file('a', 4000), file('b', 1000), 'remote', 2, -3600],
	['an offset within the skew does not count', file('a', 103), file('b', 100), 'local', 2, -2],
	['an offset beyond the skew counts', file('a', 103), file('b', 100), 'remote', 2, -6],
]

const live: fc.Arbitrary<LiveState> = fc.oneof(
	fc.record({
		kind: fc.constant('file'),
		size: fc.nat(2),
		mtime: fc.integer({min: -3, max: 3}).map((n) => n * 1_300_001),
		mode: fc.constant(0o644),
		hash: fc.constantFrom('x', 'y', 'z'),
	}),
	fc.record({
		kind: fc.constant('symlink'),
		mtime: fc.integer({min: -3, max: 3}).map((n) => n * 1e6),
		target: fc.constantFrom('x', 'yy'),
	}),
	fc.record({kind: fc.constant('dir'), mtime: fc.nat(5), mode: fc.constant(0o755)}),
)

const loser = file('x', Date.UTC(2026, 0, 2, 3, 4, 5) / 1000)
const stamp = '20260102-030405'
type NameRow = readonly [name: string, path: string, device: string, copy: string, number?: number]
const nameRows: readonly NameRow[] = [
	['the contract', 'a.txt', 'LAPTOP', `a.sync-conflict-${stamp}-LAPTOP.txt`],
	['in a folder', 'x.y/a.txt', 'LAPTOP', `x.y/a.sync-conflict-${stamp}-LAPTOP.txt`],
	['no extension', 'Makefile', 'L', `Makefile.sync-conflict-${stamp}-L`],
	['a dotfile', '.bashrc', 'L', `.bashrc.sync-conflict-${stamp}-L`],
	['a dotfile with an extension', '.a.txt', 'L', `.a.sync-conflict-${stamp}-L.txt`],
	['two extensions', 'a.tar.gz', 'L', `a.tar.sync-conflict-${stamp}-L.gz`],
	['a name that ends in a dot', 'a.', 'L', `a.sync-conflict-${stamp}-L.`],
	['emoji', '🙂.🙂', 'L', `🙂.sync-conflict-${stamp}-L.🙂`],
	['a number', 'a.txt', 'L', `a.sync-conflict-${stamp}-L-2.txt`, 2],
	['a device of two words', 'a.txt', "Ada's laptop", `a.sync-conflict-${stamp}-Ada-s-laptop.txt`],
	['a device with a path in its name', 'a.txt', '../../etc', `a.sync-conflict-${stamp}-etc.txt`],
	['a device without a name', 'a.txt', '', `a.sync-conflict-${stamp}-device.txt`],
	['a device of escapes', 'a.txt', '\u001b[31m\u202e\n', `a.sync-conflict-${stamp}-31m.txt`],
	[
		'a copy of a copy',
		`a.sync-conflict-${stamp}-L.txt`,
		'M',
		`a.sync-conflict-${stamp}-L.sync-conflict-${stamp}-M.txt`,
	],
	[
		'a long tail after a dot is no extension',
		`1. ${'x'.repeat(70)}`,
		'L',
		`1. ${'x'.repeat(70)}.sync-conflict-${stamp}-L`,
	],
]

describe('core: conflicts', () => {
	for (const [name, local, remote, winner, mtimeSkewSec = 2, clockOffsetSec = 0] of rows)
		it(`${name}: ${winner}, and mirrored the other`, () => {
			equal(winnerOf(local, remote, {mtimeSkewSec, clockOffsetSec, names}), winner)
			equal(winnerOf(remote, local, {mtimeSkewSec, clockOffsetSec: -clockOffsetSec, names}), otherSide(winner))
		})
	it('gives the same answer on both sides, whatever the states, skew and clocks', () => {
		fc.assert(
			fc.property(
				live,
				live,
				fc.constantFrom(0, 1, 2, 3.5),
				fc.constantFrom(0, 1, -2, 2.6, -3600.123, 1e9),
				(a, b, mtimeSkewSec, clockOffsetSec) => {
					const mine = winnerOf(a, b, {mtimeSkewSec, clockOffsetSec, names})
					const theirs = winnerOf(b, a, {mtimeSkewSec, clockOffsetSec: -clockOffsetSec, names})
					const isTwin =
						a.kind === b.kind &&
						(a.kind === 'dir' ||
							(a.kind === 'file' && b.kind === 'file' && a.hash === b.hash && a.size === b.size) ||
							(a.kind === 'symlink' && b.kind === 'symlink' && a.target === b.target))
					if (!isTwin) equal(theirs, otherSide(mine))
				},
			),
			{numRuns: 2000},
		)
	})
	for (const [name, path, device, copy, number] of nameRows)
		it(`copy of ${name}`, () => equal(conflictName(rel(path), loser, device, number), copy))
	it('stamps times that no calendar shows with the nearest that it does', () => {
		equal(conflictName(rel('a'), link('x', -1e14), 'L'), 'a.sync-conflict-00010101-000000-L')
		equal(conflictName(rel('a'), link('x', 1e14), 'L'), 'a.sync-conflict-99991231-235959-L')
		equal(conflictName(rel('a'), link('x', -1), 'L'), 'a.sync-conflict-19691231-235959-L')
	})
	const long: readonly (readonly [name: string, path: string])[] = [
		['255 bytes', 'a'.repeat(255)],
		['255 bytes with an extension', `${'a'.repeat(251)}.txt`],
		['emoji to the brim', `${'🙂'.repeat(62)}.txt`],
		['an extension of 64 bytes', `${'a'.repeat(191)}.${'e'.repeat(63)}`],
		['an extension of 250 bytes', `a.${'e'.repeat(250)}`],
		['blanks where it is cut', `a.b${' '.repeat(251)}c`],
		['a path of 4,090 bytes', `${Array.from({length: 19}, () => 'd'.repeat(200)).join('/')}/${'n'.repeat(255)}`],
	]
	for (const [name, path] of long)
		it(`a copy is a legal path, by number too: ${name}`, () => {
			for (const device of ['L', '🙂'.repeat(99), '𠮷'.repeat(99)]) {
				const copies = [1, 2, 10].map((number) => conflictName(rel(path), loser, device, number))
				for (const copy of copies) {
					const check = parseRelPath(copy, 'linux')
					ok(check.ok, copy)
					ok(parseRelPath(path, 'win32').ok === parseRelPath(copy, 'win32').ok, copy)
					ok(copy.includes(`.sync-conflict-${stamp}-`))
				}
				equal(new Set(copies).size, copies.length)
			}
		})
	it('labels devices by letters, digits, - and _', () => {
		equal(deviceLabel('Ünïcode_Gerät-7'), 'Ünïcode_Gerät-7')
		equal(deviceLabel('---'), 'device')
		equal(deviceLabel('a'.repeat(99)), 'a'.repeat(32))
		equal(deviceLabel('\ud800x'), 'x')
	})
})
