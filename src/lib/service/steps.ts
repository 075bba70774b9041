// Runs commands of a service manager as child processes. Knows none of them by name.
import {spawn} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'
import {isDone, messageOfEnd} from './ended.js'
import type {Machine} from './machine.js'
import {commandText} from './managers/quote.js'
import type {Ended, Step, StepFault} from './types.js'

/** Longest run of a command (ms). Stopping a service takes at most `TimeoutStopSec`. */
const longestMs = 90_000

/** Characters kept of a program's output; the rest is read and dropped. */
const longestOutput = 65_536

type Surroundings = Pick<Machine, 'env' | 'runtimeDir' | 'pauseMs'>

/** Runs one program. Rejects only if `signal` is aborted. */
export function runStep({argv}: Step, {env, runtimeDir}: Surroundings, signal: AbortSignal): Promise<Ended> {
	const [program, ...args] = argv
	const late = AbortSignal.timeout(longestMs)
	const child = spawn(program, args, {
		// Output in English and UTC, which the parsers expect.
		env: {...env, LC_ALL: 'C', TZ: 'UTC', ...(runtimeDir === undefined ? {} : {XDG_RUNTIME_DIR: runtimeDir})},
		stdio: ['ignore', 'pipe', 'pipe'],
		signal: AbortSignal.any([signal, late]),
	})
	const said = {stdout: '', stderr: ''}
	for (const name of ['stdout', 'stderr'] as const)
		child[name].setEncoding('utf8').on('data', (text: string) => {
			said[name] += text.slice(0, longestOutput - said[name].length)
		})
	return new Promise((resolve, reject) => {
		child.on('error', (error) => {
			if (signal.aborted) reject(error)
			else if (late.aborted) resolve({kind: 'ended', code: null, ...said})
			else resolve({kind: 'missing', message: `${program} cannot be run: ${error.message}`})
		})
		child.once('close', (code) => resolve({kind: 'ended', code, ...said}))
	})
}

/** Runs steps in order until one fails after all its tries; null: none failed. Rejects only if `signal` is aborted. */
export async function runSteps(
	steps: readonly Step[],
	around: Surroundings,
	signal: AbortSignal,
): Promise<StepFault | null> {
	for (const step of steps) {
		let end = await runStep(step, around, signal)
		for (let tries = 1; !isDone(end) && end.kind === 'ended' && tries < (step.tries ?? 1); tries++) {
			await sleep(around.pauseMs, undefined, {signal})
			end = await runStep(step, around, signal)
		}
		if (isDone(end) || step.onFailure === 'ignored') continue
		const kind = end.kind === 'missing' ? 'unreachable' : (step.onFailure ?? 'refused')
		return {kind, command: commandText(step.argv), message: messageOfEnd(end)}
	}
	return null
}
