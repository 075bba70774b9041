// Tables of paths: what a peer may name and what not.
import {deepEqual, equal} from 'node:assert/strict'
import {byPath, coveredBy, depthOf, isOwnName, nameOf, parentOf, parseRelPath} from '../../src/lib/core/paths.js'
import {rel} from './support.js'

const faultOf = (text: string, platform: NodeJS.Platform): string => {
	const check = parseRelPath(text, platform)
	return check.ok ? 'ok' : check.fault
}

const good = [
	'a',
	'a/b',
	'.bashrc',
	'..a',
	'a..',
	'...',
	' ',
	'a b',
	'~',
	'ä/日本/🙂',
	'__proto__',
	'constructor',
	'filesync',
	'.filesyncignore',
	'.filesync2',
	'.file-sync',
	'a\\b',
	'con',
	'x:y',
	'-rf',
	'a\nb',
	'FILESY~1',
	`${'a'.repeat(255)}/${'b'.repeat(255)}`,
	'🙂'.repeat(63),
	Array.from({length: 256}, () => 'd').join('/'),
]

const hostile: readonly (readonly [name: string, text: string, fault: RegExp])[] = [
	['nothing', '', /empty component/],
	['up', '..', /component "\.\."/],
	['up and down', '../x', /component "\.\."/],
	['up in the middle', 'a/../../x', /component "\.\."/],
	['up at the end', 'a/..', /component "\.\."/],
	['here', '.', /component "\."/],
	['from here', './a', /component "\."/],
	['a trailing slash', 'a/', /empty component/],
	['a double slash', 'a//b', /empty component/],
	['absolute', '/abs', /empty component/],
	['a server', '//srv/x', /empty component/],
	['a NUL', 'a/b\0c', /NUL/],
	['a component of 256 bytes', 'a'.repeat(256), /component over 255 bytes/],
	['a component of 256 bytes in 64 characters', '🙂'.repeat(64), /component over 255 bytes/],
	['5,000 bytes', Array.from({length: 50}, () => 'a'.repeat(99)).join('/'), /longer than 4096 bytes/],
	[
		'4,097 bytes in fewer characters',
		Array.from({length: 50}, () => 'ä'.repeat(41)).join('/'),
		/longer than 4096 bytes/,
	],
	['257 levels', Array.from({length: 257}, () => 'd').join('/'), /deeper than 256 levels/],
	['3,000 levels', Array.from({length: 2048}, () => 'd').join('/'), /deeper than 256 levels/],
	['a lone high surrogate', 'a\ud800', /Unicode/],
	['a lone low surrogate', '\udc00/a', /Unicode/],
	['surrogates the wrong way round', '\udc00\ud800', /Unicode/],
]

const own: readonly (readonly [name: string, text: string])[] = [
	['itself', '.filesync'],
	['in capitals', '.FILESYNC'],
	['mixed case', '.FileSync'],
	['with a trailing dot', '.filesync.'],
	['with trailing dots and spaces', '.filesync. . '],
	['zero width space inside', '.file\u200bsync'],
	['zero width joiner in front', '\u200d.filesync'],
	['a byte order mark behind', '.filesync\ufeff'],
	['a soft hyphen', '.fi\u00adlesync'],
	['a right-to-left override', '\u202e.filesync'],
	['a word joiner', '.filesyn\u2060c'],
	['a variation selector', '.filesync\ufe0f'],
	['a supplementary variation selector', '.files\u{e0100}ync'],
	['a tag character', '.files\u{e0041}ync'],
	['a shorthand format control', '.file\u{1bca0}sync'],
	['a musical format control', '.file\u{1d173}sync'],
	['an interlinear filler', '.file\ufff0sync'],
	['a hangul filler', '.file\u3164sync'],
	['a combining grapheme joiner', '.file\u034fsync'],
	['full width', '．ｆｉｌｅｓｙｎｃ'],
	['a ligature, shorter than the name', '.ﬁlesync'],
	['a long s', '.fileſync'],
	['mathematical letters', '.𝐟𝒊𝓵𝕖𝖘𝗒𝘯𝚌'],
	['circled letters', '.ⓕⓘⓛⓔⓢⓨⓝⓒ'],
	['a one dot leader', '․filesync'],
	['a temporary', '.filesync.tmp-1'],
	['a temporary in capitals', '.FILESYNC.TMP-x'],
	['a temporary with an ignorable character', '.filesync.t\u200cmp-x'],
]

const windows: readonly (readonly [name: string, text: string])[] = [
	['a backslash', 'a\\b'],
	['up by backslash', '..\\x'],
	['a drive', 'C:'],
	['a drive path', 'C:/x'],
	['a UNC path', '\\\\srv\\x'],
	['a stream', 'a:stream'],
	['a stream of its own folder', '.filesync::$INDEX_ALLOCATION'],
	['a reserved name', 'con'],
	['a reserved name below', 'a/NUL'],
	['a reserved name with an extension', 'aux.txt'],
	['a reserved name with a blank before the extension', 'con .txt'],
	['a reserved port', 'COM1'],
	['a reserved port in superscript', 'com¹'],
	['the console', 'CONIN$'],
	['the console again', 'conout$'],
	['a trailing dot', 'a.'],
	['a trailing space', 'a '],
	['a trailing dot in a folder', 'a./b'],
	['a question mark', 'a?'],
	['a star', 'a*'],
	['a newline', 'a\nb'],
	['the short name of its own folder', 'FILESY~1'],
	['the short name of its own folder, below', 'a/filesy~12/x'],
	['the hashed short name of its own folder', 'FI3C2A~1'],
	['the short name of a temporary', 'filesy~2.tmp'],
]

describe('core: paths', () => {
	for (const text of good) it(`takes ${JSON.stringify(text).slice(0, 40)}`, () => equal(faultOf(text, 'linux'), 'ok'))
	for (const [name, text, fault] of hostile)
		for (const platform of ['linux', 'darwin', 'win32'] as const)
			it(`refuses ${name} on ${platform}`, () =>
				equal(fault.test(faultOf(text, platform)), true, faultOf(text, platform)))
	for (const [name, text] of own)
		for (const where of [text, `a/${text}`, `${text}/trash/x`])
			it(`refuses its own folder: ${name}: ${JSON.stringify(where)}`, () => {
				equal(isOwnName(text), true)
				equal(faultOf(where, 'linux'), "names FileSync's own folder")
			})
	for (const [name, text] of windows)
		it(`refuses on Windows only: ${name}`, () => {
			equal(faultOf(text, 'win32') === 'ok', false)
			if (!text.startsWith('.filesync')) equal(faultOf(text, 'linux'), 'ok')
		})
	for (const text of ['console', 'com', 'com10', 'nullable.txt', 'filesync~1', 'FISH~1', 'a~1', 'PROGRA~1'])
		it(`takes ${text} on Windows`, () => equal(faultOf(text, 'win32'), 'ok'))

	it('knows parent, name and depth', () => {
		deepEqual(
			['a', 'a/b', 'a/b/c'].map(rel).map((path) => [parentOf(path), nameOf(path), depthOf(path)]),
			[
				[undefined, 'a', 1],
				['a', 'b', 2],
				['a/b', 'c', 3],
			],
		)
	})
	it('knows what lies at or below some paths, however many those are', () => {
		const isCovered = coveredBy(['shut', 'a/b/c', '/odd', ...Array.from({length: 20_000}, (_, i) => `other/${i}`)])
		const asked = [
			'shut',
			'shut/x/y',
			'shutter',
			'a',
			'a/b',
			'a/b/c',
			'a/b/c/d',
			'a/b/cd',
			'other',
			'other/19999/x',
			'',
		]
		deepEqual(asked.filter(isCovered), ['shut', 'shut/x/y', 'a/b/c', 'a/b/c/d', 'other/19999/x'])
		const startedAt = performance.now()
		for (let i = 0; i < 100_000; i++) isCovered(`deep/er/than/that/${i}`)
		// One look at each of 20,000 would take many seconds.
		equal(performance.now() - startedAt < 2000, true)
		equal(coveredBy([])('a'), false)
	})
	it('orders by code unit, a folder before what is in it', () => {
		const list = ['b', 'a/b', 'a', 'a-', 'a/', 'B', '\uffff', '🙂'].map((path) => ({path}))
		deepEqual(
			list.sort(byPath).map(({path}) => path),
			['B', 'a', 'a-', 'a/', 'a/b', 'b', '🙂', '\uffff'],
		)
		equal(byPath({path: 'a'}, {path: 'a'}), 0)
	})
})
