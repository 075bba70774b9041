// Shows a node: full screen on a terminal, one plain frame elsewhere, or one JSON object a second.
import type {Config} from '../config/index.js'
import type {NodeHandle, NodeState} from '../node/status/node-state.js'
import {printJsonLine, printText} from './output.js'

/** Time for a node that was just started to connect, before its one frame is printed (ms). */
const settleMs = 2000

export interface TopOptions {
	readonly once: boolean
	readonly json: boolean
}

/** Returns when the user quits or the one frame is printed. Throws FileSyncError. */
export async function showTop(config: Config, {once, json}: TopOptions, signal: AbortSignal): Promise<void> {
	const {attachNode} = await import('../node/use/node-handle.js')
	const handle = await attachNode(config, signal)
	try {
		if (json) await streamStates(handle, once, signal)
		else if (once || !process.stdout.isTTY || !process.stdin.isTTY || process.env['TERM'] === 'dumb')
			await printFrame(handle, signal)
		else {
			const {runTop} = await import('../ui/top/index.js')
			const {stdin: input, stdout: output, env} = process
			await runTop({handle, input, output, env, signal, nowMs: () => Date.now()})
		}
	} finally {
		await handle.close()
	}
}

async function streamStates(handle: NodeHandle, once: boolean, signal: AbortSignal): Promise<void> {
	for await (const state of handle.states(1000, signal)) {
		printJsonLine(state)
		if (once) return
	}
}

async function printFrame(handle: NodeHandle, signal: AbortSignal): Promise<void> {
	const {plainFrame} = await import('../ui/top/index.js')
	let last: NodeState | undefined
	const startedAt = performance.now()
	for await (const state of handle.states(100, signal)) {
		last = state
		const isSettled = state.link.state !== 'connecting' && state.watching !== 'starting' && state.round === null
		if (isSettled || performance.now() - startedAt > settleMs) break
	}
	if (last !== undefined) printText(plainFrame(last, process.stdout.columns ?? 80))
}
