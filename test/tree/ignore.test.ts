import assert from 'node:assert/strict'
import {execFileSync, spawnSync} from 'node:child_process'
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {IgnoreRules, loadIgnoreLines} from '../../src/lib/tree/scan/ignore.js'
import {ruleHash} from '../../src/lib/tree/scan/rule-hash.js'
import {plant, withTemp} from './temp.js'

describe('tree/ignore', () => {
	const rows: readonly {lines: string[]; path: string; dir?: boolean; ignored: boolean; fold?: boolean}[] = [
		{lines: ['*.tmp'], path: 'a/b.tmp', ignored: true},
		{lines: ['*.tmp'], path: 'a/b.tmpx', ignored: false},
		{lines: ['build/'], path: 'x/build', dir: true, ignored: true},
		{lines: ['build/'], path: 'x/build', ignored: false},
		{lines: ['build/'], path: 'x/build/deep/file', ignored: true},
		{lines: ['/top'], path: 'top', ignored: true},
		{lines: ['/top'], path: 'a/top', ignored: false},
		{lines: ['*', '!keep'], path: 'keep', ignored: false},
		{lines: ['d/', '!d/keep'], path: 'd/keep', ignored: true},
		{lines: ['d/*', '!d/keep'], path: 'd/keep', ignored: false},
		{lines: ['a/**/z'], path: 'a/b/c/z', ignored: true},
		{lines: ['README'], path: 'readme', fold: false, ignored: false},
		{lines: ['README'], path: 'readme', fold: true, ignored: true},
		{lines: ['\ufeff*.log\r', '\r', '# no\r'], path: 'x.log', ignored: true},
		{lines: ['# x'], path: '# x', ignored: false},
		{lines: ['\\#x'], path: '#x', ignored: true},
		{lines: ['trail '], path: 'trail', ignored: true},
		{lines: ['__proto__'], path: '__proto__', ignored: true},
		{lines: ['x'], path: '__proto__/y', ignored: false},
		{lines: ['x'], path: '..dots', ignored: false},
		{lines: [], path: 'anything', ignored: false},
	]
	for (const {lines, path, dir = false, ignored, fold = false} of rows)
		it(`${JSON.stringify(lines)} ${ignored ? 'ignores' : 'keeps'} ${path}${dir ? '/' : ''}${fold ? ' (case folded)' : ''}`, () =>
			assert.equal(new IgnoreRules(lines, fold).ignores(path, dir), ignored))

	const hasGit = spawnSync('git', ['--version']).status === 0
	;(hasGit ? it : it.skip)('agrees with git on a tree', () =>
		withTemp((root) => {
			const lines = [
				'*.o',
				'!main.o',
				'out/',
				'/a/*.txt',
				'deep/**/x',
				'[Tt]humbs',
				'sp ace',
				'f?o',
				'!/out/keep',
				'a/b/',
			]
			const files = [
				'm.o',
				'main.o',
				'out/keep',
				'q/out/r',
				'a/1.txt',
				'a/c/1.txt',
				'deep/x',
				'deep/1/2/x',
				'Thumbs',
				'sp ace',
				'foo',
				'f/o',
				'a/b/c',
				'b',
			]
			plant(root, Object.fromEntries(files.map((file) => [file, ''])))
			writeFileSync(join(root, '.gitignore'), lines.join('\n'))
			execFileSync('git', ['init', '-q', root])
			const git = spawnSync('git', ['-C', root, 'check-ignore', '--no-index', ...files], {encoding: 'utf8'})
			const rules = new IgnoreRules(lines, false)
			assert.deepEqual(
				files.filter((file) => rules.ignores(file, false)),
				git.stdout.split('\n').filter(Boolean),
			)
		}),
	)

	it('the rules file comes first, the configuration wins', () =>
		withTemp((root) => {
			plant(root, {'.filesyncignore': '\ufeff# mine\r\n*.log\r\n\r\n'})
			const lines = loadIgnoreLines(root, ['!keep.log'])
			assert.deepEqual(lines, ['*.log', '!keep.log'])
			const rules = new IgnoreRules(lines, false)
			assert.ok(rules.ignores('x.log', false))
			assert.ok(!rules.ignores('keep.log', false))
			assert.ok(!rules.ignores('.filesyncignore', false))
		}))

	it('no rules file is no rules', () => withTemp((root) => assert.deepEqual(loadIgnoreLines(root, []), [])))

	const unusable: Record<string, (file: string) => void> = {
		'a link': (file) => symlinkSync('/etc/hostname', file),
		'a folder': (file) => mkdirSync(file),
		'over 1 MiB': (file) => writeFileSync(file, 'x\n'.repeat(524_289)),
	}
	if (process.platform !== 'win32') unusable['a FIFO'] = (file) => execFileSync('mkfifo', [file])
	for (const [what, make] of Object.entries(unusable))
		it(`a rules file that is ${what} stops with CONFIG_INVALID`, () =>
			withTemp((root) => {
				make(join(root, '.filesyncignore'))
				assert.throws(() => loadIgnoreLines(root, []), {code: 'CONFIG_INVALID'})
			}))

	it('the hash changes with the rules and with nothing else', () => {
		const hash = ruleHash(['*.tmp', 'x/'])
		assert.match(hash, /^[\w-]{43}$/)
		assert.equal(ruleHash(['# why', '*.tmp\r', '', 'x/  ']), hash)
		assert.notEqual(ruleHash(['x/', '*.tmp']), hash)
		assert.notEqual(ruleHash(['*.tmp']), hash)
	})
})
