// Parses a config text into settings: syntax, unknown keys, types and ranges. Reports all faults at once.
import * as v from 'valibot'
import {jsonFault} from './json.js'
import {nearest} from './nearest.js'
import {type Settings, settingsSchema, wants} from './schema.js'

export type Parsed =
	| {readonly ok: true; readonly settings: Settings; readonly warnings: readonly string[]}
	| {readonly ok: false; readonly faults: readonly string[]; readonly warnings: readonly string[]}

/** Characters of a value that a message repeats at most. */
const shownLength = 60

// Control and bidi characters that JSON.stringify does not escape.
const raw = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** A value as messages repeat it: in one line, bounded, without characters that control a terminal. */
export function shown(value: unknown): string {
	const text = JSON.stringify(value).replace(raw, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
	return text.length > shownLength ? `${text.slice(0, shownLength)}…` : text
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value)

/** Known keys below `prefix` (`''` or `peer.`), without the prefix. */
const keysBelow = (prefix: string): string[] =>
	Object.keys(wants)
		.filter((key) => key.startsWith(prefix))
		.map((key) => key.slice(prefix.length))
		.filter((key) => !key.includes('.'))

function unknownKeys(holder: Record<string, unknown>, prefix: string): string[] {
	const known = keysBelow(prefix)
	return Object.entries(holder).flatMap(([key, value]) => {
		if (known.includes(key)) return prefix === '' && isObject(value) ? unknownKeys(value, `${key}.`) : []
		const sibling = nearest(key, known)
		const near = sibling === undefined ? nearest(prefix + key, Object.keys(wants)) : prefix + sibling
		const hint = near === undefined ? '' : `; did you mean ${shown(near)}?`
		return [`unknown key ${shown(prefix + key)} is ignored${hint}`]
	})
}

type Issue = v.BaseIssue<unknown>

/** The key of an issue, as `wants` has it; for an element of a list, the list's. */
function keyOf(issue: Issue): string {
	const keys = (issue.path ?? []).map((item) => item.key).filter((key) => typeof key === 'string')
	return keys.join('.')
}

function faultOf(issue: Issue, top: Record<string, unknown>): string {
	const key = keyOf(issue)
	const held = issue.path?.length === undefined ? top : issue.input
	const want = wants[key] ?? issue.message
	return held === undefined ? `${key} is missing; it wants ${want}` : `${key} holds ${shown(held)}; it wants ${want}`
}

/** Parses the text of a config file (without BOM). Each fault is a sentence that names the key, what it holds and what it wants. */
export function parseSettings(text: string): Parsed {
	let value: unknown
	try {
		value = JSON.parse(text)
	} catch (error) {
		const fault = jsonFault(text)
		const where = fault === undefined ? '' : `line ${fault.line}, column ${fault.column}: `
		const what = fault?.what ?? (error instanceof Error ? error.message : String(error))
		return {ok: false, faults: [`${where}not JSON: ${what}`], warnings: []}
	}
	if (!isObject(value)) return {ok: false, faults: [`holds ${shown(value)}; it wants an object {…}`], warnings: []}
	const warnings = unknownKeys(value, '')
	const result = v.safeParse(settingsSchema, value)
	if (result.success) return {ok: true, settings: result.output, warnings}
	const faults = result.issues.map((issue) => faultOf(issue, value))
	return {ok: false, faults: [...new Set(faults)], warnings}
}
