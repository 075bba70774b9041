// Progress of one sync on a terminal: a listr2 task per phase, on stderr. The only file that imports listr2.
import {DefaultRenderer, Listr, ListrLogger, ProcessOutput} from 'listr2'
import type {SyncEvent} from '../node/events.js'
import {bytes, count} from './format.js'
import type {Progress} from './progress.js'
import {safeText} from './safe.js'
import {transferLine} from './transfer-bar.js'

const phases = ['connect', 'scan', 'compare', 'transfer', 'commit'] as const
type Phase = (typeof phases)[number]

const titles: Readonly<Record<Phase, string>> = {
	connect: 'Connect',
	scan: 'Scan',
	compare: 'Compare',
	transfer: 'Transfer',
	commit: 'Commit',
}

/** The moving line is drawn anew at most so often, in ms. */
const everyMs = 100

/** listr2 asks stdout whether there is a terminal; the list is drawn on stderr, and stdout may go into a file. */
class TerminalRenderer extends DefaultRenderer {
	static override nonTTY = true
}

interface Gate {
	readonly passed: Promise<void>
	readonly pass: () => void
	readonly fail: (error: Error) => void
}

function gate(): Gate {
	let pass = (): void => {}
	let fail = (_: Error): void => {}
	const passed = new Promise<void>((resolve, reject) => {
		pass = resolve
		fail = reject
	})
	passed.catch(() => {})
	return {passed, pass, fail}
}

/** Shows the phases until `done`. `stream`: where a terminal is. */
export function taskProgress(stream: NodeJS.WriteStream): Progress {
	const gates = new Map(phases.map((phase) => [phase, gate()]))
	const details = new Map<Phase, string>()
	const outputs = new Map<Phase, (text: string) => void>()
	const skipped = new Set<Phase>()
	let current: Phase = 'connect'
	let moved = {files: 0, bytes: 0, filesDone: 0, bytesDone: 0, startedAt: 0}
	let drawnAt = 0

	const list = new Listr(
		phases.map((phase) => ({
			title: titles[phase],
			task: async (_: unknown, task: {output: string; title: string; skip: (message?: string) => void}) => {
				outputs.set(phase, (text) => {
					task.output = text
				})
				await gates.get(phase)?.passed
				if (skipped.has(phase)) return task.skip(`${titles[phase]}: not needed`)
				const detail = details.get(phase)
				if (detail !== undefined) task.title = `${titles[phase]}: ${detail}`
			},
		})),
		{
			renderer: TerminalRenderer,
			rendererOptions: {
				logger: new ListrLogger({processOutput: new ProcessOutput(stream, stream)}),
				showErrorMessage: false,
				collapseErrors: false,
			},
			registerSignalListeners: false,
			exitOnError: true,
		},
	)
	// Nothing is drawn before the first phase: what fails until then is no failed connection.
	let running: Promise<void> | undefined
	const start = (): void => {
		running ??= list.run().then(
			() => {},
			() => {},
		)
	}

	const enter = (phase: Phase): void => {
		start()
		current = phase
		for (const before of phases.slice(0, phases.indexOf(phase))) gates.get(before)?.pass()
	}
	const draw = (text: string, now = false): void => {
		if (!now && performance.now() - drawnAt < everyMs) return
		drawnAt = performance.now()
		outputs.get(current)?.(text)
	}
	const scanned: string[] = []

	return {
		onEvent: (event: SyncEvent) => {
			switch (event.kind) {
				case 'phase':
					return enter(event.phase)
				case 'connected':
					details.set('connect', `${safeText(event.name)} (${safeText(event.host)}:${event.port})`)
					return undefined
				case 'scanning':
					return current === 'scan' ? draw(`${count(event.entries, 'entry', 'entries')} looked at`) : undefined
				case 'scanned':
					scanned.push(
						`${count(event.files, 'file')} (${bytes(event.bytes)}) ${event.side === 'local' ? 'here' : 'on the peer'}`,
					)
					details.set('scan', scanned.join(', '))
					return undefined
				case 'planned':
					moved = {files: event.files, bytes: event.bytes, filesDone: 0, bytesDone: 0, startedAt: performance.now()}
					details.set(
						'transfer',
						event.files === 0 ? 'nothing' : `${count(event.files, 'file')}, ${bytes(event.bytes)}`,
					)
					return undefined
				case 'moved':
					moved = {...moved, filesDone: moved.filesDone + event.files, bytesDone: moved.bytesDone + event.bytes}
					return draw(transferLine({...moved, elapsedMs: performance.now() - moved.startedAt}))
				default:
					return undefined
			}
		},
		done: async (failed) => {
			if (running === undefined) return
			if (!failed) for (const phase of phases.slice(phases.indexOf(current) + 1)) skipped.add(phase)
			for (const phase of phases) {
				const waiting = gates.get(phase)
				if (failed && phase === current) waiting?.fail(new Error('failed'))
				else if (!failed || phases.indexOf(phase) < phases.indexOf(current)) waiting?.pass()
				else break
			}
			if (failed) gates.get(current)?.fail(new Error('failed'))
			await running
		},
	}
}
