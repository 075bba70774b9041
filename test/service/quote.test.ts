// Words in units, property lists and scripts: each reads back as exactly what it was.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import fc from 'fast-check'
import {commandText, shellWord, systemdArgument, systemdWord, xmlText} from '../../src/lib/service/managers/quote.js'
import {odd} from './support.js'

/** Splits a line as systemd.syntax(7) says, then takes specifiers apart: only `%%` may be there. */
function systemdSplit(line: string): string[] {
	const words: string[] = []
	let rest = line
	while (rest !== '') {
		const [whole = '', inQuotes, bare] = /^(?:"((?:\\.|[^"\\])*)"|([^\s"'\\;]+))(?: |$)/.exec(rest) ?? []
		assert.notEqual(whole, '', `not a word: ${rest}`)
		const text = inQuotes?.replace(/\\(.)/g, (_, char: string) => {
			assert.ok(char === '"' || char === '\\', `\\${char} would be another character`)
			return char
		})
		const word = text ?? bare ?? ''
		assert.doesNotMatch(word.replaceAll('%%', ''), /%/)
		words.push(word.replaceAll('%%', '%'))
		rest = rest.slice(whole.length)
	}
	return words
}

/** What `$` becomes in arguments: only `$$` may be there. */
function expanded(word: string): string {
	assert.doesNotMatch(word.replaceAll('$$', ''), /\$/)
	return word.replaceAll('$$', () => '$')
}

const rows: readonly [name: string, word: string, argument: string][] = [
	['a plain path', '/usr/bin/node', '/usr/bin/node'],
	['an option', '--config', '--config'],
	['nothing', '', '""'],
	['a blank', '/a b', '"/a b"'],
	['double quotes', '/a"b', '"/a\\"b"'],
	['single quotes', "/a'b", `"/a'b"`],
	['a backslash', '/a\\b\\', '"/a\\\\b\\\\"'],
	['a specifier', '/a%h', '"/a%%h"'],
	['a variable', '/a/$HOME', '"/a/$$HOME"'],
	['a variable in braces', `/a/\${HOME}`, `"/a/$\${HOME}"`],
	['a semicolon, which ends a command', ';', '";"'],
	['letters beyond ASCII', '/é/日本', '"/é/日本"'],
]

// Control characters are refused before.
const words = fc.array(
	fc.string({unit: 'grapheme', maxLength: 20}).filter((word) => !/[\p{Cc}\p{Cs}]/u.test(word)),
	{
		minLength: 1,
		maxLength: 5,
	},
)

describe('service: quoting', () => {
	for (const [name, word, argument] of rows)
		it(`systemd: ${name}`, () => {
			assert.equal(systemdArgument(word), argument)
			assert.deepEqual(systemdSplit(argument).map(expanded), [word])
		})

	it('systemd: the program and Environment= keep their $', () => {
		assert.equal(systemdWord('/a $b%c'), '"/a $b%%c"')
	})

	it('systemd: any words read back', () => {
		fc.assert(
			fc.property(words, (all) => {
				assert.deepEqual(systemdSplit(all.map(systemdWord).join(' ')), all)
				assert.deepEqual(systemdSplit(all.map(systemdArgument).join(' ')).map(expanded), all)
			}),
		)
	})

	it('shell: words read back from a real shell', function () {
		if (process.platform === 'win32') this.skip()
		const all = [odd, '', 'plain', '-n', 'A=b', '*', '~', "'", '\\', '!x', ...rows.map(([, word]) => word)]
		const script = `show() { for word; do printf '%s\\n' "$word"; done; }; show ${commandText(all)}`
		const {stdout} = spawnSync('/bin/sh', ['-c', script], {encoding: 'utf8'})
		assert.deepEqual(stdout.split('\n').slice(0, -1), all)
	})

	it('shell: what needs no quotes has none', () => {
		assert.equal(
			commandText(['systemctl', '--user', 'enable', 'filesync.service']),
			'systemctl --user enable filesync.service',
		)
		// At the start of a line it would set a variable.
		assert.equal(shellWord('A=b'), "'A=b'")
	})

	it('XML: what would be markup', () => {
		assert.equal(xmlText(`<a> & "b" ]]>`), '&lt;a&gt; &amp; "b" ]]&gt;')
	})
})
