// Output of the demo: colours only on a terminal that supports them, readable numbers, one line per fact.
const {NO_COLOR, TERM} = process.env
const colours = process.stdout.isTTY === true && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'

/** @param {number} code @returns {(text: string) => string} */
const paint = (code) => (text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text)

export const bold = paint(1)
export const dim = paint(2)
export const green = paint(32)
export const red = paint(31)

/** @param {number} number */
export const whole = (number) => Math.round(number).toLocaleString('en')

/** @param {number} bytes */
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1)} MB`

/** @param {number} ms */
export const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`

/** `1 file`, `2 files`. @param {number} count @param {string} what */
export const some = (count, what) => `${whole(count)} ${what}${count === 1 ? '' : 's'}`

/** @param {string} text */
export const say = (text = '') => void process.stdout.write(`${text}\n`)

/** A closed pipe is no failure of the demo. */
export function tolerateClosedPipe() {
	process.stdout.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
		if (error.code !== 'EPIPE') throw error
	})
}

/** Prints and counts checks, and remembers failed ones. */
export class Checks {
	passed = 0
	failed = 0

	/** @param {boolean} ok @param {string} what @param {readonly string[]} [faults] the first few are shown */
	that(ok, what, faults = []) {
		if (ok) this.passed++
		else this.failed++
		say(`     ${ok ? green('✓') : red('✗')} ${ok ? what : red(what)}`)
		if (ok) return
		for (const fault of faults.slice(0, 8)) say(`         ${fault}`)
		if (faults.length > 8) say(`         and ${faults.length - 8} more`)
	}

	/** True if there are no faults. @param {readonly string[]} faults @param {string} what */
	none(faults, what) {
		this.that(faults.length === 0, what, faults)
	}
}
