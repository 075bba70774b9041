// Two-way rule 4 and what is near it: files, folders and links under one name, one-sided changes of kind, swaps.
import {day} from './support/dir.js'
import {type Row, scenarios} from './support/scenario.js'

const conflicts: readonly Row[] = [
	{
		name: 'file against folder: the folder keeps the name',
		alpha: (dir) => dir.write('x.txt', 'k1 file', day(5)),
		beta: (dir) => dir.write('x.txt/below', 'k1 below', day(1)),
		expect: {'x.txt/': '', 'x.txt/below': 'k1 below', 'x.sync-conflict-*-alpha.txt': 'k1 file'},
		counts: {pushed: 1, pulled: 2},
		conflicts: {'x.txt': 'beta'},
	},
	{
		name: 'folder against file: the folder keeps the name',
		alpha: (dir) => dir.write('x/below', 'k2 below', day(1)),
		beta: (dir) => dir.write('x', 'k2 file', day(5)),
		expect: {'x/': '', 'x/below': 'k2 below', 'x.sync-conflict-*-beta': 'k2 file'},
		counts: {pushed: 2, pulled: 1},
		conflicts: {x: 'alpha'},
	},
	{
		name: 'an empty folder against a file: both are kept',
		alpha: (dir) => dir.mkdir('x'),
		beta: (dir) => dir.write('x', 'k3 file', day(5)),
		expect: {'x/': '', 'x.sync-conflict-*-beta': 'k3 file'},
		counts: {pushed: 1, pulled: 1},
		conflicts: {x: 'alpha'},
	},
	{
		name: 'file against link: the newer keeps the name',
		alpha: (dir) => dir.write('x', 'k4 file', day(1)),
		beta: (dir) => dir.link('x', 'k4-target', day(5)),
		expect: {x: '-> k4-target', 'x.sync-conflict-*-alpha': 'k4 file'},
		counts: {pushed: 1, pulled: 1},
		conflicts: {x: 'beta'},
	},
	{
		name: 'folder against link: the folder keeps the name',
		alpha: (dir) => dir.link('x', 'k5-target', day(5)),
		beta: (dir) => dir.write('x/below', 'k5 below', day(1)),
		expect: {'x/': '', 'x/below': 'k5 below', 'x.sync-conflict-*-alpha': '-> k5-target'},
		counts: {pushed: 1, pulled: 2},
		conflicts: {x: 'beta'},
	},
	{
		name: 'a file turned into a folder while the peer edits the file',
		past: (dir) => dir.write('x', 'k6 old', day(0)),
		alpha: (dir) => dir.rm('x').write('x/below', 'k6 below', day(1)),
		beta: (dir) => dir.write('x', 'k6 edited', day(5)),
		expect: {'x/': '', 'x/below': 'k6 below', 'x.sync-conflict-*-beta': 'k6 edited'},
		counts: {pushed: 2, pulled: 1},
		conflicts: {x: 'alpha'},
	},
	{
		name: 'a folder turned into a file while the peer adds to the folder',
		past: (dir) => dir.write('x/old', 'k7 old', day(0)),
		alpha: (dir) => dir.rm('x').write('x', 'k7 file', day(1)),
		beta: (dir) => dir.write('x/new', 'k7 new', day(1)),
		expect: {'x/': '', 'x/new': 'k7 new', 'x.sync-conflict-*-alpha': 'k7 file'},
		counts: {pushed: 1, pulled: 2, deleted_remote: 1},
		conflicts: {x: 'beta'},
	},
	{
		name: 'a folder turned into a link while the peer edits below the folder',
		past: (dir) => dir.write('x/f', 'k8 old', day(0)).write('x/g', 'k8 g', day(0)),
		alpha: (dir) => dir.rm('x').link('x', '..', day(1)),
		beta: (dir) => dir.write('x/f', 'k8 new', day(1)),
		expect: {'x/': '', 'x/f': 'k8 new', 'x.sync-conflict-*-alpha': '-> ..'},
		counts: {pushed: 1, pulled: 2, deleted_remote: 1},
		conflicts: {x: 'beta'},
	},
	{
		name: 'the same folder made on both sides is no conflict',
		alpha: (dir) => dir.mkdir('x', 0o755).write('x/a', 'k9 a'),
		beta: (dir) => dir.mkdir('x', 0o755).write('x/b', 'k9 b'),
		expect: {'x/': '', 'x/a': 'k9 a', 'x/b': 'k9 b'},
		counts: {pushed: 1, pulled: 1},
	},
	{
		name: 'the same link made on both sides is no conflict',
		alpha: (dir) => dir.link('l', 'k10-target', day(1)),
		beta: (dir) => dir.link('l', 'k10-target', day(1)),
		expect: {l: '-> k10-target'},
	},
]

const oneSided: readonly Row[] = [
	{
		name: 'a file becomes a folder',
		past: (dir) => dir.write('x', 's1 old', day(0)),
		alpha: (dir) => dir.rm('x').write('x/deep/f', 's1 new', day(1)),
		expect: {'x/': '', 'x/deep/': '', 'x/deep/f': 's1 new'},
		counts: {pushed: 3},
	},
	{
		name: 'a folder becomes a file',
		past: (dir) => dir.write('x/deep/f', 's2 old', day(0)),
		beta: (dir) => dir.rm('x').write('x', 's2 new', day(1)),
		expect: {x: 's2 new'},
		counts: {pulled: 1, deleted_local: 2},
	},
	{
		name: 'a file becomes a link',
		past: (dir) => dir.write('x', 's3 old', day(0)),
		alpha: (dir) => dir.rm('x').link('x', 's3-target', day(1)),
		expect: {x: '-> s3-target'},
		counts: {pushed: 1},
	},
	{
		name: 'a link becomes a file',
		past: (dir) => dir.link('x', 's4-target', day(0)),
		beta: (dir) => dir.rm('x').write('x', 's4 new', day(1)),
		expect: {x: 's4 new'},
		counts: {pulled: 1},
	},
	{
		name: 'a link to a folder becomes that folder',
		past: (dir) => dir.write('real/f', 's5 f', day(0)).link('x', 'real', day(0)),
		alpha: (dir) => dir.rm('x').write('x/f', 's5 own', day(1)),
		expect: {'real/': '', 'real/f': 's5 f', 'x/': '', 'x/f': 's5 own'},
		counts: {pushed: 2},
	},
	{
		name: 'a folder becomes a link, and what it held moves beside it',
		past: (dir) => dir.write('x/f', 's6 f', day(0)),
		alpha: (dir) => dir.mv('x', 'real').link('x', 'real', day(1)),
		expect: {'real/': '', 'real/f': 's6 f', x: '-> real'},
		counts: {pushed: 2, renamed: 1},
	},
	{
		name: 'file and folder swap their names',
		past: (dir) => dir.write('a', 's7 file', day(0)).write('b/below', 's7 below', day(0)),
		alpha: (dir) => dir.mv('a', 't').mv('b', 'a').mv('t', 'b'),
		expect: {'a/': '', 'a/below': 's7 below', b: 's7 file'},
		counts: {pushed: 1, renamed: 2},
	},
	{
		name: 'a file moves below a folder that takes its name',
		past: (dir) => dir.write('x', 's8 file', day(0)),
		alpha: (dir) => dir.mv('x', 't').mv('t', 'x/x'),
		expect: {'x/': '', 'x/x': 's8 file'},
		counts: {pushed: 1, renamed: 1},
	},
	{
		name: 'a file takes the name of the folder that it lay in',
		past: (dir) => dir.write('x/x', 's9 file', day(0)),
		beta: (dir) => dir.mv('x/x', 't').rm('x').mv('t', 'x'),
		expect: {x: 's9 file'},
		counts: {renamed: 1},
	},
]

describe('e2e: rule 4 and changes of kind', () => {
	scenarios('kinds', {name: 'kinds'}, [...conflicts, ...oneSided])
})
