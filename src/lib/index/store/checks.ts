// Owns how a stored value proves that it is whole: CRC-32, sealed texts, and the fault that says it is not.
// Never decides what a fault means for the user; the store turns it into INDEX_DAMAGED.
import * as zlib from 'node:zlib'

/** A stored value is not what was written. `what` reads on after "the index is damaged: ". */
export class Damage extends Error {
	constructor(what: string) {
		super(what)
		this.name = 'Damage'
	}
}

const table = Uint32Array.from({length: 256}, (_, byte) => {
	let crc = byte
	for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
	return crc >>> 0
})

/** CRC-32 (IEEE) in plain JS: `zlib.crc32` is absent before Node 20.15 and 22.2. Some 40 times slower. */
export function crc32Plain(data: string | Uint8Array): number {
	let crc = 0xffffffff
	for (const byte of typeof data === 'string' ? Buffer.from(data) : data)
		crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0)
	return (crc ^ 0xffffffff) >>> 0
}

/** CRC-32 of the bytes, or of a string's UTF-8. */
export const crc32: (data: string | Uint8Array) => number =
	typeof zlib.crc32 === 'function' ? (data) => zlib.crc32(data) : crc32Plain

/** A small text with its own CRC before it: 8 hex digits, a blank, the text. */
export const seal = (text: string): string => `${crc32(text).toString(16).padStart(8, '0')} ${text}`

/** The text of a sealed value. Throws Damage naming `what` when a bit of it is not as it was. */
export function unseal(sealed: string, what: string): string {
	const text = sealed.slice(9)
	if (seal(text) !== sealed) throw new Damage(`${what} does not match its checksum`)
	return text
}

/** JSON from disk. Throws Damage naming `what`. */
export function parseStored(text: string, what: string): unknown {
	try {
		return JSON.parse(text)
	} catch {
		throw new Damage(`${what} is not JSON`)
	}
}

export const isCount = (value: unknown): value is number =>
	typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

/** The elements of a stored array. Throws Damage naming `what` when it is none. */
export function elements(value: unknown, what: string): readonly unknown[] {
	if (!Array.isArray(value)) throw new Damage(`${what} is not a list`)
	return value
}
