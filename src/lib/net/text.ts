// Texts of the net module: fingerprints, addresses, dates, and escaping of foreign text.

/** Longest foreign text shown, in UTF-16 units. */
const foreignUnits = 120

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const unsafe = /[\u0000-\u001f\u007f-\u009f]|\p{C}|\p{Zl}|\p{Zp}/gu

/** Text from a peer, bounded, with characters that control a terminal or reorder a line written as `\u{…}`. */
export function safeText(text: string): string {
	const cut = text.length > foreignUnits ? `${text.slice(0, foreignUnits)}…` : text
	return cut.replace(unsafe, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}

/** `ab12…` as openssl shows it: `AB:12:…`. */
export const showFingerprint = (hex: string): string => hex.toUpperCase().match(/../g)?.join(':') ?? ''

/** `host:port`, with brackets around an IPv6 address. */
export const showAddress = (host: string, port: number): string =>
	host.includes(':') ? `[${safeText(host)}]:${port}` : `${safeText(host)}:${port}`

/** A certificate's subject in one line; OpenSSL has one attribute per line. */
export const showSubject = (subject: string): string => safeText(subject.trim().replace(/\r?\n/g, ', '))

/** Milliseconds since 1970 as `2026-01-31`; a phrase if a Date cannot hold it. */
export function showDay(timeMs: number): string {
	const date = new Date(timeMs)
	return Number.isNaN(date.getTime()) ? 'an unreadable date' : date.toISOString().slice(0, 10)
}
