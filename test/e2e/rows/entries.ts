// Rows of the two-way rule 6: links, empty things, deep paths.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {day, type Tree} from '../support/dir.js'
import type {Row} from '../support/scenario.js'

const linkTree: Tree = {
	absolute: '-> /nonexistent/absolute',
	dangling: '-> nowhere',
	'dir/': '',
	'dir/f': 'link f',
	loop: '-> loop',
	long: `-> ${'t/'.repeat(200)}`,
	'to-dir': '-> dir',
	'to-file': '-> dir/f',
	'to-parent': '-> ..',
	'to-self': '-> .',
}

export const entryRows: readonly Row[] = [
	{
		name: 'links of every sort are synced as links',
		alpha: (dir) => {
			for (const [path, content] of Object.entries(linkTree))
				if (content.startsWith('-> ')) dir.link(path, content.slice(3), day(1))
			dir.write('dir/f', 'link f', day(1))
		},
		expect: linkTree,
		counts: {pushed: Object.keys(linkTree).length},
	},
	{
		name: 'a link with a new target is an edit',
		past: (dir) => dir.link('l', 'old', day(1)),
		beta: (dir) => dir.rm('l').link('l', 'new', day(0)),
		expect: {l: '-> new'},
		counts: {pulled: 1},
	},
	{
		name: 'empty files and empty folders',
		alpha: (dir) => dir.write('empty', '', day(1)).mkdir('a/b/c'),
		expect: {empty: '', 'a/': '', 'a/b/': '', 'a/b/c/': ''},
		counts: {pushed: 4},
	},
	{
		name: 'a path of 100 folders',
		beta: (dir) => dir.write(`${'d/'.repeat(100)}f`, 'deep', day(1)),
		expect: (dir) => assert.equal(dir.read(`${'d/'.repeat(100)}f`), 'deep'),
		counts: {pulled: 101},
	},
	{
		name: 'hard links arrive as files of their own',
		alpha: (dir) => {
			dir.write('one', 'hard link', day(1))
			assert.equal(spawnSync('ln', [dir.at('one'), dir.at('two')]).status, 0)
		},
		expect: {one: 'hard link', two: 'hard link'},
		counts: {pushed: 2},
	},
]
