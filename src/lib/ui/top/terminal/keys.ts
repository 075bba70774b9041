// Parses the bytes of a terminal in raw mode into keys. Keeps unfinished sequences; starts no timer itself.
import {StringDecoder} from 'node:string_decoder'

export type NamedKey =
	| 'up'
	| 'down'
	| 'left'
	| 'right'
	| 'home'
	| 'end'
	| 'pageUp'
	| 'pageDown'
	| 'delete'
	| 'tab'
	| 'backTab'
	| 'enter'
	| 'backspace'
	| 'escape'
	| 'ctrlC'
	| 'ctrlL'
	| 'ctrlU'
	| 'ctrlZ'

export type Key =
	| {readonly kind: 'named'; readonly name: NamedKey}
	/** One printable code point. */
	| {readonly kind: 'char'; readonly char: string}
	/** A pasted text without control characters, at most `longestPaste` characters. */
	| {readonly kind: 'paste'; readonly text: string}

/** Time after which an Esc is a key of its own and not the beginning of a sequence (ms). */
export const escapeMs = 50

/** Longest sequence that is kept, in characters; known ones are much shorter. */
const longestSequence = 32
const longestPaste = 1000

const controls: Readonly<Record<string, NamedKey>> = {
	'\x03': 'ctrlC',
	'\x08': 'backspace',
	'\x09': 'tab',
	'\x0a': 'enter',
	'\x0c': 'ctrlL',
	'\x0d': 'enter',
	'\x15': 'ctrlU',
	'\x1a': 'ctrlZ',
	'\x7f': 'backspace',
}

/** By the final character of `ESC [` and `ESC O` sequences (ECMA-48, xterm). */
const finals: Readonly<Record<string, NamedKey>> = {
	A: 'up',
	B: 'down',
	C: 'right',
	D: 'left',
	F: 'end',
	H: 'home',
	Z: 'backTab',
}

/** By the number of `ESC [ NUMBER ~`: xterm, rxvt and the Linux console. */
const numbers: Readonly<Record<string, NamedKey>> = {
	'1': 'home',
	'3': 'delete',
	'4': 'end',
	'5': 'pageUp',
	'6': 'pageDown',
	'7': 'home',
	'8': 'end',
}

const pasteEnd = '\x1b[201~'
const control = /\p{Cc}/u

const named = (name: NamedKey | undefined): Key[] => (name === undefined ? [] : [{kind: 'named', name}])

export class KeyParser {
	readonly #decoder = new StringDecoder('utf8')
	/** An unfinished sequence: begins with ESC, or is empty. */
	#sequence = ''
	/** The text of an unfinished paste; null: there is none. */
	#paste: string | null = null

	/** True: call `flush` if nothing more arrives for `escapeMs`. */
	get pending(): boolean {
		return this.#sequence !== ''
	}

	feed(bytes: Buffer): Key[] {
		const keys: Key[] = []
		for (const char of this.#decoder.write(bytes)) keys.push(...this.#take(char))
		return keys
	}

	/** Nothing more arrives: a lone ESC becomes a key, an unfinished sequence is dropped. */
	flush(): Key[] {
		const isEscape = this.#sequence === '\x1b'
		this.#sequence = ''
		return isEscape ? named('escape') : []
	}

	#take(char: string): Key[] {
		if (this.#paste !== null) return this.#pasted(this.#paste, char)
		if (this.#sequence !== '') return this.#continued(this.#sequence, char)
		if (char === '\x1b') {
			this.#sequence = char
			return []
		}
		if (control.test(char)) return named(controls[char])
		return [{kind: 'char', char}]
	}

	#pasted(before: string, char: string): Key[] {
		const whole = before + char
		this.#paste = null
		// Ctrl-C works also during a paste whose end never arrives.
		if (char === '\x03') return named('ctrlC')
		if (whole.endsWith(pasteEnd)) {
			const text = whole.slice(0, -pasteEnd.length)
			return [{kind: 'paste', text: [...text].filter((one) => !control.test(one)).join('')}]
		}
		// Keeps the beginning of a longer paste, and as much of its end as may belong to the end mark.
		this.#paste =
			whole.length <= longestPaste + pasteEnd.length
				? whole
				: whole.slice(0, longestPaste) + whole.slice(-pasteEnd.length)
		return []
	}

	#continued(before: string, char: string): Key[] {
		if (char === '\x1b') {
			this.#sequence = char
			return before === '\x1b' ? named('escape') : []
		}
		this.#sequence = ''
		// Control characters such as Ctrl-C are never part of a sequence.
		if (control.test(char)) return this.#take(char)
		if (before === '\x1b' && char !== '[' && char !== 'O') return []
		const isFirst = before === '\x1b' || (before === '\x1b[' && char === '[')
		// Function keys of the Linux console: `ESC [ [` and one more letter.
		const isOver = !isFirst && (before === '\x1b[[' || /[@-~]/.test(char))
		if (isOver) return this.#ended(before.slice(2), char)
		this.#sequence = (before + char).slice(0, longestSequence)
		return []
	}

	/** `parameters`: the text between the introducer and the `final` character. */
	#ended(parameters: string, final: string): Key[] {
		if (parameters.startsWith('[')) return []
		const number = parameters.split(';')[0] ?? ''
		if (final !== '~') return named(finals[final])
		if (number === '200') this.#paste = ''
		return named(numbers[number])
	}
}
