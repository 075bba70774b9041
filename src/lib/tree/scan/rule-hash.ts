// Tells whether two lists of ignore rules are the same; apart from the rules, which a scanning thread loads without any hashing.
import {createHash} from 'node:crypto'
import {effectiveLines} from './ignore.js'

/** SHA-256, base64url, of the lines in force: equal when the rules are. Comments and blank lines do not count. */
export const ruleHash = (lines: readonly string[]): string =>
	createHash('sha256').update(effectiveLines(lines).join('\n')).digest('base64url')
