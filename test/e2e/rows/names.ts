// Rows of the two-way rule 6: names that programs stumble over.
import {day} from '../support/dir.js'
import type {Row} from '../support/scenario.js'

/** Names that programs stumble over. */
const names: Readonly<Record<string, string>> = {
	'with blanks': '  two  blanks  ',
	'a line feed': 'line\nfeed',
	quotes: `'single' "double" \`back\``,
	'an emoji': '🦜 parrot 👩‍👩‍👧',
	'a backslash': 'back\\slash\\n',
	'a leading dash': '--config',
	'255 bytes': 'n'.repeat(255),
	'255 bytes of emoji': `${'🦜'.repeat(63)}abc`,
	__proto__: '__proto__',
	constructor: 'constructor',
	'a glob': '*',
	'a glob of brackets': '[a-z]{1,2}?!(x)',
	'an escape': 'esc\u001b[2Jape',
	'a right-to-left override': 'gpj\u202e.exe',
	'three dots': '...',
	'a tilde': '~',
	'a dollar': '$HOME %PATH% `id`',
	composed: 'Ã¶ \u00e9',
	decomposed: 'e\u0301',
	'a hash and a percent': '#1 100%25',
	'a trailing dot': 'dot.',
	'a tab and a delete': 'tab\tdel\u007f',
}

export const nameRows: readonly Row[] = [
	...Object.entries(names).map(
		([what, name]): Row => ({
			name: `${what}, as a file, a folder and a link`,
			alpha: (dir) => dir.write(`f/${name}`, `file ${what}`, day(1)).link(`l/${name}`, name, day(1)),
			beta: (dir) => dir.write(`d/${name}/${name}`, `below ${what}`, day(1)),
			expect: {
				'd/': '',
				[`d/${name}/`]: '',
				[`d/${name}/${name}`]: `below ${what}`,
				'f/': '',
				[`f/${name}`]: `file ${what}`,
				'l/': '',
				[`l/${name}`]: `-> ${name}`,
			},
			counts: {pushed: 4, pulled: 3},
		}),
	),
	{
		name: 'odd names are edited and deleted like any other',
		past: (dir) => {
			for (const [what, name] of Object.entries(names))
				dir.write(`e/${name}`, `e ${what}`, day(1)).write(`d/${name}`, what)
		},
		alpha: (dir) => {
			for (const [what, name] of Object.entries(names)) dir.write(`e/${name}`, `edited ${what}`, day(0))
		},
		beta: (dir) => dir.rm('d').mkdir('d', 0o755),
		expect: {
			'd/': '',
			'e/': '',
			...Object.fromEntries(
				Object.entries(names).map(([what, name]): [string, string] => [`e/${name}`, `edited ${what}`]),
			),
		},
		counts: {pushed: Object.keys(names).length, deleted_local: Object.keys(names).length},
	},
]
