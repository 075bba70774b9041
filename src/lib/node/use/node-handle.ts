// A running node for `top`: the one that holds the folder, through its control socket, or a new one inside this process.

import {assertNotExpired} from '../../certs/index.js'
import type {Config} from '../../config/index.js'
import {FileSyncError} from '../../errors/index.js'
import {WorkerPool} from '../../replica/worker-pool.js'
import {ControlClient} from '../control/client.js'
import {loadCredentials} from '../credentials.js'
import {RunningNode} from '../node.js'
import {nowMs, openReplica} from '../open-replica.js'
import type {NodeAction, NodeHandle, NodeState} from '../status/node-state.js'

/** How long a node that has gone is searched for (ms): time for a restart. */
const patienceMs = 5000
const retryMs = 250

/** Throws FileSyncError: why no node can start, or why the running one does not answer. */
export async function attachNode(config: Config, signal: AbortSignal): Promise<NodeHandle> {
	const running = await ControlClient.open(config)
	if (running === undefined) return startInside(config, signal)
	for await (const _ of running.ask({do: 'states', everyMs: 1000}, signal)) break
	return {
		inside: false,
		states: (everyMs, until) => statesOf(config, everyMs, until),
		act: async (action) => {
			const client = await ControlClient.open(config)
			if (client === undefined) throw gone()
			for await (const reply of client.ask({do: 'act', action}, signal)) if (reply.kind === 'done') return
		},
		close: async () => {},
	}
}

const gone = (): FileSyncError =>
	new FileSyncError('CONNECTION_LOST', 'the node has ended', [
		'start it again, or run this command: it runs one itself',
	])

/** States of the node at the control socket; finds it again after a restart. */
async function* statesOf(config: Config, everyMs: number, signal: AbortSignal): AsyncGenerator<NodeState, void> {
	let lostAt: number | undefined
	while (!signal.aborted) {
		const client = await ControlClient.open(config)
		if (client !== undefined) {
			for await (const reply of client.ask({do: 'states', everyMs}, signal)) {
				if (reply.kind !== 'state') continue
				lostAt = undefined
				yield reply.state
			}
		}
		lostAt ??= performance.now()
		if (performance.now() - lostAt > patienceMs) throw gone()
		await pause(retryMs, signal)
	}
}

async function startInside(config: Config, signal: AbortSignal): Promise<NodeHandle> {
	const credentials = loadCredentials(config)
	assertNotExpired(credentials.identity, nowMs())
	const replica = await openReplica(config, {}, WorkerPool.started())
	const stop = new AbortController()
	const roles = config.peer === null ? {listen: true, dial: false} : {listen: false, dial: true}
	const node = new RunningNode(
		{config, credentials, replica},
		roles,
		{firstSync: false, allowDeletes: false},
		AbortSignal.any([signal, stop.signal]),
		{onServe: () => {}, onWatch: () => {}},
	)
	let failure: unknown
	let over = false
	const running = node
		.run()
		.catch((error) => {
			failure = error
		})
		.finally(async () => {
			over = true
			await replica.close()
		})
	return {
		inside: true,
		async *states(everyMs, until) {
			while (!until.aborted) {
				if (failure !== undefined) throw failure
				if (over) return
				yield node.state()
				await pause(everyMs, until)
			}
		},
		act: async (action: NodeAction) => node.act(action),
		close: async () => {
			stop.abort(new FileSyncError('INTERRUPTED', 'the view was closed'))
			await running
		},
	}
}

/** Resolves after `ms`, or when the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const done = (): void => {
			clearTimeout(timer)
			signal.removeEventListener('abort', done)
			resolve()
		}
		const timer = setTimeout(done, ms)
		signal.addEventListener('abort', done)
	})
}
