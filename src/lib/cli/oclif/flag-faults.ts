// Explains what is wrong with the options of a command line: which option, what was found, what was wanted.
// Runs after oclif's parser has refused the line. Pure.
import {shown} from '../../config/parse.js'

/** The part of oclif's definition of an option that messages need. */
export interface FlagShape {
	readonly type: 'boolean' | 'option'
	readonly char?: string | undefined
	readonly options?: readonly string[] | undefined
	readonly min?: number | undefined
	readonly max?: number | undefined
	readonly summary?: string | undefined
	readonly helpValue?: string | readonly string[] | undefined
}

export type Flags = Readonly<Record<string, FlagShape>>

interface Found {
	readonly name: string
	readonly flag: FlagShape
	/** The text after `=` or directly after a short option's letter. */
	readonly attached: string | undefined
}

function find(word: string, flags: Flags): Found | undefined {
	const [, long, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
	if (long !== undefined) {
		const flag = flags[long]
		return flag === undefined ? undefined : {name: long, flag, attached: value}
	}
	const [, char, rest = ''] = /^-([^-])(.*)$/s.exec(word) ?? []
	const entry = Object.entries(flags).find(([, flag]) => char !== undefined && flag.char === char)
	if (entry === undefined) return undefined
	return {name: entry[0], flag: entry[1], attached: rest === '' ? undefined : rest.replace(/^=/, '')}
}

/** What value the option takes; continues "it wants". */
function wants({options, min, max, summary, helpValue}: FlagShape): string {
	if (options !== undefined) return `one of ${options.join(', ')}`
	if (min !== undefined || max !== undefined) return `a whole number from ${min ?? 'any'} to ${max ?? 'any'}`
	const name =
		typeof helpValue === 'string'
			? `${helpValue}${summary === undefined ? '' : `, the ${summary.replace(/ \(.*/, '')}`}`
			: 'a value'
	return name
}

function valueFault(name: string, flag: FlagShape, value: string): string | undefined {
	const {options, min, max} = flag
	const isWrongChoice = options !== undefined && !options.includes(value)
	const isWrongNumber =
		(min !== undefined || max !== undefined) &&
		!(/^-?\d+$/.test(value) && Number(value) >= (min ?? -Infinity) && Number(value) <= (max ?? Infinity))
	return isWrongChoice || isWrongNumber ? `--${name} is ${shown(value)}; it wants ${wants(flag)}` : undefined
}

/** The first fault of the known options in `argv`; undefined: none. */
export function flagFault(argv: readonly string[], flags: Flags): string | undefined {
	const seen = new Set<string>()
	for (let i = 0; i < argv.length && argv[i] !== '--'; i++) {
		const found = find(argv[i] ?? '', flags)
		if (found === undefined) continue
		const {name, flag, attached} = found
		if (flag.type === 'boolean') {
			if (attached !== undefined && argv[i]?.startsWith('--'))
				return `--${name} takes no value; found ${shown(attached)}`
			continue
		}
		if (seen.has(name)) return `--${name} stands there twice; it wants one value`
		seen.add(name)
		const next = argv[i + 1]
		const value = attached ?? (next === undefined || find(next, flags) !== undefined ? undefined : next)
		if (value === undefined) return `--${name} has no value; it wants ${wants(flag)}`
		if (attached === undefined) i++
		const fault = valueFault(name, flag, value)
		if (fault !== undefined) return fault
	}
	return undefined
}
