// Escapes text from a disk, a peer or a certificate for terminals, logs and JSON. For output only.

// Controls (C0, DEL, C1), line and paragraph separators, bidi marks, embeddings, overrides and isolates, soft hyphen,
// invisible spaces, byte order mark, interlinear marks and tag characters. The joiners U+200C and U+200D stay:
// scripts and emoji need them.
const harmful =
	/[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu

const named: Readonly<Record<string, string>> = {'\n': '\\n', '\r': '\\r', '\t': '\\t'}

function escaped(char: string): string {
	const short = named[char]
	if (short !== undefined) return short
	const code = char.codePointAt(0) ?? 0
	if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
	return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
}

/** `text` in one line, with all characters that control a terminal or mislead the eye escaped: `\x1b`, `\u202e`, `\n`. */
export const safeText = (text: string): string => text.replace(harmful, escaped)

/** As `safeText`, but keeps line feeds: for FileSync's own texts of several lines. */
export const safeLines = (text: string): string => text.split('\n').map(safeText).join('\n')

// Characters that JSON.stringify leaves raw; it escapes C0 and lone surrogates itself.
const rawInJson =
	/[\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu

/** JSON that parses to exactly `value` and has no character that `safeText` would escape. Indented by two blanks. */
export function safeJson(value: unknown, indent: 0 | 2 = 2): string {
	const text = JSON.stringify(value, null, indent)
	return text.replace(rawInJson, (char) =>
		[...Array(char.length).keys()].map((i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
	)
}
