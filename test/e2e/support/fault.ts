// Checks how a command fails: in text and in JSON alike, with code, error, message and advice.
import assert from 'node:assert/strict'
import {type Device, Pair, type PairOptions} from './pair.js'
import {told} from './program.js'
import {parseError} from './result.js'

export interface Fault {
	readonly code: number
	readonly error: string
	readonly message: RegExp
	/** Default: some advice must be there. */
	readonly advice?: RegExp
}

/** Runs `args` in text mode and `jsonArgs` in JSON mode; both must fail with the same. */
export async function assertFault(
	device: Device,
	args: readonly string[],
	fault: Fault,
	jsonArgs: readonly string[] = args,
): Promise<void> {
	const {code, error, message, advice = /\S/} = fault
	const text = await device.run(...args)
	assert.deepEqual({code: text.code, stdout: text.stdout}, {code, stdout: ''}, told(text))
	const first = text.stderr.indexOf('filesync: ')
	assert.ok(first >= 0, told(text))
	assert.match(text.stderr.slice(first), message)
	const [, tried = ''] = /^Try: (.*)$/ms.exec(text.stderr) ?? []
	assert.match(tried, advice, 'text: what to try')
	assert.doesNotMatch(text.stderr, /^\s+at /m, 'no stack')
	const json = await device.run(...jsonArgs, '--json')
	assert.equal(json.code, code, told(json))
	const parsed = parseError(json.stdout)
	assert.equal(parsed.code, error)
	assert.match(parsed.message, message)
	assert.match(parsed.try.join('\n'), advice, 'JSON: what to try')
}

/** A pair that is not running, for faults that need no peer. */
export const alone = (name: string, alpha: PairOptions['alpha'] = {}): Device => {
	const device = new Pair({name, alpha}).alpha
	device.connectTo(9)
	return device
}
