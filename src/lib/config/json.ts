// Where and why a text is not JSON. `JSON.parse` decides that; this only explains, because V8's messages differ between versions.
// Runs only after a failure.

export interface JsonFault {
	/** Both from 1; the column counts UTF-16 units. */
	readonly line: number
	readonly column: number
	readonly what: string
}

class Stop {
	readonly at: number
	readonly what: string
	constructor(at: number, what: string) {
		this.at = at
		this.what = what
	}
}

const blank = /[ \t\r\n]*/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings hold no raw C0 character
const text = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y

/** Deepest nesting: more than any config has, and far too little to overflow the stack by recursion. */
const deepest = 100

/** The first fault of `source`; undefined: it is JSON. */
export function jsonFault(source: string): JsonFault | undefined {
	let at = 0

	const eat = (pattern: RegExp): boolean => {
		pattern.lastIndex = at
		const match = pattern.exec(source)
		if (match !== null) at = pattern.lastIndex
		return match !== null
	}
	const found = (): string => {
		const next = source.codePointAt(at)
		return next === undefined ? 'the file ends' : `found ${JSON.stringify(String.fromCodePoint(next))}`
	}
	const fail = (wanted: string): never => {
		const next = source[at]
		if (next === "'") throw new Stop(at, 'strings stand in double quotes, not single ones')
		if (next === '/' || next === '#') throw new Stop(at, 'JSON has no comments')
		if (next === '"') throw new Stop(at, stringFault())
		throw new Stop(at, `${found()} where ${wanted} was wanted`)
	}
	const stringFault = (): string => {
		const rest = source.slice(at + 1)
		const line = rest.split('\n', 1)[0] ?? ''
		if (/^(?:[^"\\]|\\.)*"/.test(line)) return 'this string holds a bad escape: write \\ as \\\\ (or use /)'
		return 'this string has no closing quote'
	}
	const members = (close: string, one: () => void): void => {
		at++
		eat(blank)
		if (source[at] === close) {
			at++
			return
		}
		for (;;) {
			one()
			eat(blank)
			if (source[at] === close) break
			if (source[at] !== ',') fail(`"," or "${close}"`)
			const comma = at
			at++
			eat(blank)
			if (source[at] === close) throw new Stop(comma, `remove the comma before "${close}"`)
		}
		at++
	}
	const value = (depth: number): void => {
		if (depth > deepest) throw new Stop(at, `nested deeper than ${deepest} levels`)
		eat(blank)
		if (source[at] === '{')
			members('}', () => {
				if (source[at] !== '"' || !eat(text)) fail('a key in double quotes')
				eat(blank)
				if (source[at] !== ':') fail('":"')
				at++
				value(depth + 1)
			})
		else if (source[at] === '[') members(']', () => value(depth + 1))
		else if (!eat(text) && !eat(scalar)) fail('a value')
	}

	try {
		value(0)
		eat(blank)
		if (at < source.length) fail('the end of the file')
		return undefined
	} catch (stop) {
		if (!(stop instanceof Stop)) throw stop
		const lines = source.slice(0, stop.at).split('\n')
		return {line: lines.length, column: (lines.at(-1) ?? '').length + 1, what: stop.what}
	}
}
