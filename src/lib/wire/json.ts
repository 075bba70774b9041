// JSON bodies: bytes to a checked value and back. Nothing is trusted before its schema has passed.
import * as v from 'valibot'
import {jsonDepth} from '../core/entries/json-depth.js'
import {wireLimits} from './codes.js'
import {protocolFault} from './fault.js'

const decoder = new TextDecoder('utf-8', {fatal: true})
const encoder = new TextEncoder()

/** Nesting a body may have. */
const maxDepth = 8

/** Parses a JSON body. Only small ones are walked for their depth; large ones are rows that their own decoder checks. */
export function parseJson(body: Uint8Array, what: string): unknown {
	let text: string
	try {
		text = decoder.decode(body)
	} catch {
		throw protocolFault(`a ${what} that is not UTF-8`)
	}
	if (jsonDepth(text) > maxDepth) throw protocolFault(`a ${what} nested deeper than ${maxDepth}`)
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
