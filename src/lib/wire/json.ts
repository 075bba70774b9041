// JSON bodies: bytes to a checked value and back. Nothing is trusted before its schema has passed.
import * as v from 'valibot'
import {wireLimits} from './codes.js'
import {protocolFault} from './fault.js'

const decoder = new TextDecoder('utf-8', {fatal: true})
const encoder = new TextEncoder()

/** Nesting a body may have; JSON.parse itself recurses without a limit of its own. */
const maxDepth = 8

/** Where a JSON string ends that begins at `at`, its quotation mark; the end of the text where it has no end. */
function endOfString(text: string, at: number): number {
	let end = text.indexOf('"', at + 1)
	while (end > 0) {
		let backslashes = 0
		while (text.charCodeAt(end - 1 - backslashes) === 92) backslashes++
		if (backslashes % 2 === 0) return end
		end = text.indexOf('"', end + 1)
	}
	return text.length
}

function depthOf(text: string): number {
	let depth = 0
	let deepest = 0
	for (let i = 0; i < text.length; i++) {
		const c = text.charCodeAt(i)
		if (c === 34) i = endOfString(text, i)
		else if (c === 91 || c === 123) deepest = Math.max(deepest, ++depth)
		else if (c === 93 || c === 125) depth--
	}
	return deepest
}

/** Parses a JSON body. Only small ones are walked for their depth; large ones are rows that their own decoder checks. */
export function parseJson(body: Uint8Array, what: string): unknown {
	let text: string
	try {
		text = decoder.decode(body)
	} catch {
		throw protocolFault(`a ${what} that is not UTF-8`)
	}
	if (depthOf(text) > maxDepth) throw protocolFault(`a ${what} nested deeper than ${maxDepth}`)
	try {
		return JSON.parse(text)
	} catch {
		throw protocolFault(`a ${what} that is not JSON`)
	}
}

export const toJson = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value))

/** Parses and checks a JSON body against a schema. */
export function decodeJson<S extends v.GenericSchema>(schema: S, body: Uint8Array, what: string): v.InferOutput<S> {
	const result = v.safeParse(schema, parseJson(body, what))
	if (result.success) return result.output
	const issue = result.issues[0]
	const at = v.getDotPath(issue)
	throw protocolFault(`a ${what} whose ${at ?? 'body'} is wrong: ${issue.message}`)
}

/** The same as `counter`, for decoders of many rows. */
export const isCounter = (value: unknown): value is number =>
	typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

/** A string of at most so many UTF-16 units. */
export const isText = (value: unknown, most: number): value is string =>
	typeof value === 'string' && value.length <= most

/** Whole numbers that a double holds exactly. */
export const counter = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
export const text = v.pipe(v.string(), v.maxLength(wireLimits.text))
