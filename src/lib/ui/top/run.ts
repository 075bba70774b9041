// Drives the view: turns keys, states, resizes and seconds into messages, and carries out effects. Decides nothing itself.
import {setTimeout as delay} from 'node:timers/promises'
import type {Env} from '../../config/index.js'
import {messageOf} from '../../errors/index.js'
import type {NodeAction, NodeHandle} from '../../node/status/node-state.js'
import {capabilitiesOf} from '../capabilities.js'
import {type Effect, firstModel, type Message, type Model} from './model/model.js'
import {view} from './screen/view.js'
import {escapeMs, KeyParser} from './terminal/keys.js'
import {Renderer} from './terminal/renderer.js'
import {canDraw, type Display, type Keyboard, Terminal} from './terminal/terminal.js'
import {plainFrame} from './texts/plain.js'
import {update} from './update.js'

export interface TopOptions {
	readonly handle: NodeHandle
	readonly input: Keyboard
	readonly output: Display
	readonly env: Env
	/** Aborted: restores the screen, and `runTop` resolves. */
	readonly signal: AbortSignal
	/** Milliseconds since 1970. */
	readonly nowMs: () => number
}

/** Interval between states, and between frames for them (ms). */
const frameMs = 250
const tickMs = 1000
/** Ticks without a state before the node counts as silent. It sends one every `frameMs`. */
const silentTicks = 5
/** Wait before reconnecting to a node whose stream of states ended (ms). */
const againMs = 1000
/** Time in which SIGSTOP takes effect (ms); later the process is taken to be unstoppable. */
const stopMs = 20

const sizeOf = ({rows, columns}: Display) => ({rows: rows > 0 ? rows : 24, columns: columns > 0 ? columns : 80})
const zoneMinOf = (nowMs: number): number => -new Date(nowMs).getTimezoneOffset()

class Session {
	readonly #options: TopOptions
	readonly #stop = new AbortController()
	readonly #terminal: Terminal
	readonly #renderer: Renderer
	readonly #parser = new KeyParser()
	#model: Model
	#silent = 0
	#drawnAt = -frameMs
	#frame: NodeJS.Timeout | undefined
	#escape: NodeJS.Timeout | undefined
	#settle: (error?: unknown) => void = () => {}

	constructor(options: TopOptions) {
		const {handle, input, output, env, nowMs} = options
		this.#options = options
		this.#terminal = new Terminal(input, output)
		this.#renderer = new Renderer((text) => output.write(text))
		const screen = {
			...sizeOf(output),
			capabilities: capabilitiesOf(env, output.getColorDepth(env)),
			zoneMin: zoneMinOf(nowMs()),
		}
		this.#model = firstModel(screen, handle.inside, nowMs())
	}

	/** Resolves when the user quits, the signal is aborted or a node in this process has ended. */
	async run(): Promise<void> {
		const {input, output, signal} = this.#options
		const over = new Promise<void>((resolve, reject) => {
			this.#settle = (error) => (error === undefined ? resolve() : reject(error))
		})
		const quit = (): void => this.#settle()
		const ticker = setInterval(this.#guarded(this.#tick), tickMs)
		const onData = this.#guarded(this.#read)
		const onResize = this.#guarded(() => this.#send({kind: 'resize', ...sizeOf(output)}, true))
		const onContinue = this.#guarded(this.#resume)
		// Node prints a warning across the screen after its listeners have run.
		const onWarning = (): void => void setImmediate(this.#guarded(this.#redraw))
		try {
			this.#terminal.enter()
			signal.addEventListener('abort', quit)
			input.on('data', onData)
			input.on('end', quit)
			input.on('error', quit)
			output.on('resize', onResize)
			process.on('SIGCONT', onContinue)
			process.on('warning', onWarning)
			input.resume()
			this.#draw()
			this.#listen(AbortSignal.any([signal, this.#stop.signal])).then(quit, (error) => this.#settle(error))
			await over
		} finally {
			this.#terminal.leave()
			this.#stop.abort()
			clearInterval(ticker)
			clearTimeout(this.#frame)
			clearTimeout(this.#escape)
			signal.removeEventListener('abort', quit)
			input.off('data', onData)
			input.off('end', quit)
			input.off('error', quit)
			output.off('resize', onResize)
			process.off('SIGCONT', onContinue)
			process.off('warning', onWarning)
			input.pause()
		}
	}

	/** Runs a callback. An error in it ends the view in order instead of crashing the process. */
	#guarded<A extends unknown[]>(act: (...values: A) => void): (...values: A) => void {
		return (...values) => {
			try {
				act(...values)
			} catch (error) {
				this.#settle(error ?? new Error('unknown'))
			}
		}
	}

	async #listen(signal: AbortSignal): Promise<void> {
		const {handle, nowMs} = this.#options
		try {
			while (!signal.aborted) {
				for await (const state of handle.states(frameMs, signal)) {
					if (signal.aborted) return
					this.#silent = 0
					this.#send({kind: 'state', state, nowMs: nowMs()}, false)
				}
				if (signal.aborted || handle.inside) return
				this.#send({kind: 'disconnected', reason: 'the node has ended'}, false)
				await delay(againMs, undefined, {signal})
			}
		} catch (error) {
			// An aborted wait after the end is no fault.
			if (!signal.aborted) throw error
		}
	}

	/** `urgent`: a reaction to a key, drawn at once. */
	#send(message: Message, urgent: boolean): void {
		const {model, effects} = update(this.#model, message)
		this.#model = model
		for (const effect of effects) this.#carryOut(effect)
		if (urgent) this.#draw()
		else this.#frame ??= setTimeout(this.#guarded(this.#draw), Math.max(0, this.#drawnAt + frameMs - performance.now()))
	}

	readonly #draw = (): void => {
		clearTimeout(this.#frame)
		this.#frame = undefined
		if (this.#stop.signal.aborted) return
		this.#drawnAt = performance.now()
		this.#renderer.draw(view(this.#model))
	}

	#carryOut(effect: Effect): void {
		switch (effect.kind) {
			case 'quit':
				this.#settle()
				break
			case 'redraw':
				this.#renderer.clear()
				break
			case 'suspend':
				this.#suspend()
				break
			case 'act':
				void this.#act(effect.action)
		}
	}

	async #act(action: NodeAction): Promise<void> {
		const send = this.#guarded((message: Message) => this.#send(message, true))
		try {
			await this.#options.handle.act(action)
			send({kind: 'actionDone', action})
		} catch (error) {
			send({kind: 'actionFailed', action, reason: messageOf(error)})
		}
	}

	readonly #tick = (): void => {
		const nowMs = this.#options.nowMs()
		this.#silent++
		if (this.#silent >= silentTicks && this.#model.state !== null && this.#model.lost === null)
			this.#send({kind: 'disconnected', reason: 'the node is silent'}, false)
		this.#send({kind: 'tick', nowMs, zoneMin: zoneMinOf(nowMs)}, false)
	}

	readonly #read = (bytes: Buffer): void => {
		clearTimeout(this.#escape)
		this.#press(() => this.#parser.feed(bytes))
		if (this.#parser.pending)
			this.#escape = setTimeout(
				this.#guarded(() => this.#press(() => this.#parser.flush())),
				escapeMs,
			)
	}

	#press(keys: () => ReturnType<KeyParser['feed']>): void {
		for (const key of keys()) this.#send({kind: 'key', key, nowMs: this.#options.nowMs()}, false)
		this.#draw()
	}

	#suspend(): void {
		if (process.platform === 'win32') return
		this.#terminal.leave()
		process.kill(process.pid, 'SIGTSTP')
		// Goes on here when the process is continued, or at once if the system did not stop it because no shell could continue it.
		setTimeout(this.#guarded(this.#resume), stopMs)
	}

	readonly #redraw = (): void => {
		if (this.#stop.signal.aborted) return
		this.#renderer.clear()
		this.#draw()
	}

	readonly #resume = (): void => {
		if (this.#stop.signal.aborted) return
		// Another program may have changed the terminal's settings meanwhile.
		this.#terminal.leave()
		this.#terminal.enter()
		this.#redraw()
	}
}

async function printOnce({handle, output, signal}: TopOptions): Promise<void> {
	for await (const state of handle.states(frameMs, signal)) {
		// A pipe has no width.
		output.write(`${plainFrame(state, output.isTTY ? output.columns : Infinity)}\n`)
		return
	}
}

/**
 * Shows the node until the user quits or `signal` is aborted, then restores the screen and resolves. Does not close `handle`. Prints one
 * plain frame if there is no screen. Rejects with what `handle.states` throws, after restoring the screen.
 */
export async function runTop(options: TopOptions): Promise<void> {
	const {input, output, env, signal} = options
	if (signal.aborted) return
	if (canDraw(input, output, env)) await new Session(options).run()
	else await printOnce(options)
}
