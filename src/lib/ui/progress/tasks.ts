// Progress of one sync on a terminal: a listr2 task per phase, on stderr. The only file that imports listr2.
import {Listr, type ListrRenderer, ListrTaskState} from 'listr2'
import type {SyncEvent} from '../../node/use/events.js'
import {capabilitiesOf} from '../capabilities.js'
import {bytes, count} from '../format.js'
import {safeText} from '../safe.js'
import {LiveLines} from './live-lines.js'
import type {Progress} from './progress.js'
import {type Detail, lastFrame, liveFrame, type PhaseState, type PhaseView} from './task-frame.js'
import type {TransferState} from './transfer-bar.js'

const phases = ['connect', 'scan', 'compare', 'transfer', 'commit'] as const
type Phase = (typeof phases)[number]

const titles: Readonly<Record<Phase, string>> = {
	connect: 'Connect',
	scan: 'Scan',
	compare: 'Compare',
	transfer: 'Transfer',
	commit: 'Commit',
}

/** Interval between frames (ms). */
const everyMs = 100

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

const states: Readonly<Partial<Record<ListrTaskState, PhaseState>>> = {
	[ListrTaskState.WAITING]: 'waiting',
	[ListrTaskState.COMPLETED]: 'done',
	[ListrTaskState.FAILED]: 'failed',
	[ListrTaskState.SKIPPED]: 'skipped',
}

interface Task {
	readonly title?: string
	readonly state: ListrTaskState
}

/** Draws listr2's tasks on `stream`, and `detail` below the running one. */
function rendererFor(
	stream: NodeJS.WriteStream,
	detail: () => Detail | undefined,
	shownAs: (state: PhaseState) => PhaseState,
): typeof ListrRenderer {
	const capabilities = capabilitiesOf(process.env, stream.getColorDepth())
	const live = new LiveLines(stream)
	let tick = 0
	let timer: NodeJS.Timeout | undefined

	return class implements ListrRenderer {
		// listr2 checks whether stdout is a terminal.
		static nonTTY = true
		static rendererOptions = {}
		static rendererTaskOptions = {}
		readonly #tasks: readonly Task[]

		constructor(tasks: readonly Task[]) {
			this.#tasks = tasks
		}

		get #views(): PhaseView[] {
			return this.#tasks.map(({title = '', state}) => ({title, state: shownAs(states[state] ?? 'running')}))
		}

		readonly #draw = (): void =>
			live.draw(liveFrame(this.#views, detail(), capabilities, {columns: stream.columns, tick: tick++}))

		/** Ctrl-Z: draws nothing until the process is continued, because the shell writes meanwhile. */
		readonly #onStop = (): void => {
			clearInterval(timer)
			process.off('SIGTSTP', this.#onStop)
			process.once('SIGCONT', this.#onContinued)
			process.kill(process.pid, 'SIGTSTP')
		}

		readonly #onContinued = (): void => {
			live.restart()
			this.#start()
		}

		#start(): void {
			this.#draw()
			timer = setInterval(this.#draw, everyMs)
			process.on('SIGTSTP', this.#onStop)
		}

		render = (): void => {
			this.#start()
			stream.on('resize', this.#draw)
		}

		end = (): void => {
			clearInterval(timer)
			stream.off('resize', this.#draw)
			process.off('SIGTSTP', this.#onStop)
			process.off('SIGCONT', this.#onContinued)
			live.finish(lastFrame(this.#views, capabilities, stream.columns))
		}
	}
}

/** Shows the phases until `done`. `stream`: a terminal. */
export function taskProgress(stream: NodeJS.WriteStream): Progress {
	const gates = new Map(phases.map((phase) => [phase, gate()]))
	const details = new Map<Phase, string>()
	const skipped = new Set<Phase>()
	let current: Phase = 'connect'
	let scanning = ''
	let moved: (Omit<TransferState, 'elapsedMs'> & {readonly startedAt: number}) | undefined
	let file: string | undefined
	/** The running phase goes on in another process. Ends listr2's list by a failure. */
	let isLeft = false

	const detail = (): Detail | undefined => {
		if (current === 'scan' && scanning !== '') return {kind: 'text', text: scanning}
		if (current !== 'transfer' || moved === undefined || moved.files === 0) return undefined
		return {kind: 'transfer', transfer: {...moved, elapsedMs: performance.now() - moved.startedAt}, file}
	}
	const list = new Listr(
		phases.map((phase) => ({
			title: titles[phase],
			task: async (_: unknown, task: {title: string; skip: (message?: string) => void}) => {
				const tell = (told: string | undefined): void => {
					if (told !== undefined) task.title = `${titles[phase]}: ${told}`
				}
				try {
					await gates.get(phase)?.passed
				} catch (error) {
					if (isLeft) tell('goes on in the running node')
					throw error
				}
				tell(skipped.has(phase) ? 'not needed' : details.get(phase))
				if (skipped.has(phase)) task.skip()
			},
		})),
		{
			renderer: rendererFor(stream, detail, (state) => (isLeft && state === 'failed' ? 'skipped' : state)),
			registerSignalListeners: false,
			exitOnError: true,
		},
	)
	// Nothing is drawn before the first phase: a failure until then is not one of the connection.
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
					scanning = `${count(event.entries, 'entry', 'entries')} scanned`
					return undefined
				case 'scanned':
					scanned.push(
						`${count(event.files, 'file')} (${bytes(event.bytes)}) ${event.side === 'local' ? 'here' : 'on the peer'}`,
					)
					details.set('scan', scanned.join(', '))
					return undefined
				case 'planned':
					// Large plans come in parts.
					moved = {
						filesDone: 0,
						bytesDone: 0,
						startedAt: performance.now(),
						...moved,
						files: (moved?.files ?? 0) + event.files,
						bytes: (moved?.bytes ?? 0) + event.bytes,
					}
					details.set(
						'transfer',
						moved.files === 0 ? 'nothing' : `${count(moved.files, 'file')}, ${bytes(moved.bytes)}`,
					)
					return undefined
				case 'file':
					file = event.done < event.total ? safeText(event.path) : undefined
					return undefined
				case 'moved':
					if (moved !== undefined)
						moved = {...moved, filesDone: moved.filesDone + event.files, bytesDone: moved.bytesDone + event.bytes}
					return undefined
				default:
					return undefined
			}
		},
		done: async (how) => {
			if (running === undefined) return
			const at = phases.indexOf(current)
			if (how === 'done') for (const phase of phases.slice(at + 1)) skipped.add(phase)
			isLeft = how === 'left'
			for (const phase of phases.slice(0, at)) gates.get(phase)?.pass()
			if (how === 'done') for (const phase of phases.slice(at)) gates.get(phase)?.pass()
			else gates.get(current)?.fail(new Error(how))
			await running
		},
	}
}
