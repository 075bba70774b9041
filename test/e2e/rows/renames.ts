// Rows of the two-way rule 9: what counts as a rename, and what a rename meets.
import {day} from '../support/dir.js'
import type {Row} from '../support/scenario.js'

export const renames: readonly Row[] = [
	{
		name: 'a file gets another name',
		past: (dir) => dir.write('a', 'r1', day(0)),
		alpha: (dir) => dir.mv('a', 'b'),
		expect: {b: 'r1'},
		counts: {renamed: 1},
	},
	{
		name: 'a file moves to another folder, at the peer',
		past: (dir) => dir.write('a/f', 'r2', day(0)).mkdir('b', 0o755),
		beta: (dir) => dir.mv('a/f', 'b/f'),
		expect: {'a/': '', 'b/': '', 'b/f': 'r2'},
		counts: {renamed: 1},
	},
	{
		name: 'only the case of a name changes',
		past: (dir) => dir.write('Name', 'r3', day(0)).write('Folder/f', 'r3 below', day(0)),
		alpha: (dir) => dir.mv('Name', 'name').mv('Folder', 'folder'),
		expect: {name: 'r3', 'folder/': '', 'folder/f': 'r3 below'},
		counts: {renamed: 3},
	},
	{
		name: 'two files swap their names',
		past: (dir) => dir.write('a', 'r4 one', day(0)).write('b', 'r4 two!', day(1)),
		alpha: (dir) => dir.mv('a', 't').mv('b', 'a').mv('t', 'b'),
		expect: {a: 'r4 two!', b: 'r4 one'},
		counts: {renamed: 2},
	},
	{
		name: 'three files of one size turn in a circle, at the peer',
		past: (dir) => dir.write('a', 'r5 one', day(0)).write('b', 'r5 two', day(1)).write('c', 'r5 six', day(2)),
		beta: (dir) => dir.mv('a', 't').mv('c', 'a').mv('b', 'c').mv('t', 'b'),
		expect: {a: 'r5 six', b: 'r5 one', c: 'r5 two'},
		counts: {renamed: 3},
	},
	{
		name: 'a chain: each takes the name of the next',
		past: (dir) => dir.write('a', 'r6 one', day(0)).write('b', 'r6 two', day(1)),
		alpha: (dir) => dir.mv('b', 'c').mv('a', 'b'),
		expect: {b: 'r6 one', c: 'r6 two'},
		counts: {renamed: 2},
	},
	{
		name: 'two folders swap their names',
		past: (dir) => dir.write('a/f', 'r7 one', day(0)).write('b/g', 'r7 two', day(0)),
		alpha: (dir) => dir.mv('a', 't').mv('b', 'a').mv('t', 'b'),
		expect: {'a/': '', 'a/g': 'r7 two', 'b/': '', 'b/f': 'r7 one'},
		counts: {renamed: 2},
	},
	{
		name: 'a file is renamed and gets another mode',
		past: (dir) => dir.write('a', 'r8', day(0)).chmod('a', 0o644),
		alpha: (dir) => dir.mv('a', 'b').chmod('b', 0o600),
		expect: {b: 'r8'},
		counts: {renamed: 1},
	},
	{
		name: 'a file with a time of nanoseconds is renamed and gets another time, at the peer',
		past: (dir) => dir.write('a', 'r8 there').write('b', 'r8 now'),
		beta: (dir) => dir.mv('a', 'c').touch('c', day(3)).mv('b', 'd'),
		expect: {c: 'r8 there', d: 'r8 now'},
		counts: {renamed: 2},
	},
	{
		name: 'a file is renamed and edited: the new one comes, the old one goes',
		past: (dir) => dir.write('a', 'r9 old', day(0)),
		alpha: (dir) => dir.mv('a', 'b').write('b', 'r9 new', day(1)),
		expect: {b: 'r9 new'},
		counts: {pushed: 1, deleted_remote: 1},
	},
	{
		name: 'renamed on both sides to different names: both stay, nothing is lost',
		past: (dir) => dir.write('a', 'r10', day(0)),
		alpha: (dir) => dir.mv('a', 'b'),
		beta: (dir) => dir.mv('a', 'c'),
		expect: {b: 'r10', c: 'r10'},
		counts: {pushed: 1, pulled: 1},
	},
	{
		name: 'renamed here and edited there: the edit stays under the old name',
		past: (dir) => dir.write('a', 'r11 old', day(0)),
		alpha: (dir) => dir.mv('a', 'b'),
		beta: (dir) => dir.write('a', 'r11 new', day(1)),
		expect: {a: 'r11 new', b: 'r11 old'},
		counts: {pushed: 1, pulled: 1},
	},
	{
		name: 'a link is renamed',
		past: (dir) => dir.link('a', 'r12', day(0)),
		alpha: (dir) => dir.mv('a', 'b'),
		expect: {b: '-> r12'},
		counts: {pushed: 1, deleted_remote: 1},
	},
]
