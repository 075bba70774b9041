// The whole view over a terminal of paper: keys in, frames and requests out, and the terminal given back in the end.
import assert from 'node:assert/strict'
import {EventEmitter} from 'node:events'
import {closeSync, mkdtempSync, openSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import type {NodeAction, NodeHandle, NodeState} from '../../../src/lib/node/status/node-state.js'
import {runTop} from '../../../src/lib/ui/top/index.js'
import {Terminal} from '../../../src/lib/ui/top/terminal/terminal.js'
import {idle, nowMs, offline} from './fixtures.js'
import {Paper} from './support.js'

const rows = 24

class Keyboard extends EventEmitter {
	readonly isTTY: boolean
	readonly modes: boolean[] = []
	constructor(isTTY = true) {
		super()
		this.isTTY = isTTY
	}
	setRawMode(on: boolean): void {
		this.modes.push(on)
	}
	resume(): void {}
	pause(): void {}
	type(text: string): void {
		this.emit('data', Buffer.from(text))
	}
}

class Display extends EventEmitter {
	readonly isTTY = true
	readonly paper = new Paper(rows)
	readonly columns = 80
	readonly rows = rows
	readonly fd: number
	constructor(fd: number) {
		super()
		this.fd = fd
	}
	write(text: string): void {
		this.paper.write(text)
	}
	getColorDepth(): number {
		return 1
	}
	get text(): string {
		return this.paper.lines.join('\n')
	}
}

/** A node whose states the test gives out one by one. */
class Node implements NodeHandle {
	readonly inside: boolean
	readonly asked: NodeAction[] = []
	refusal: Error | undefined
	#queue: (NodeState | Error | 'end')[] = []
	#wake: () => void = () => {}

	constructor(inside = false) {
		this.inside = inside
	}
	say(...what: (NodeState | Error | 'end')[]): void {
		this.#queue.push(...what)
		this.#wake()
	}
	async *states(_: number, signal: AbortSignal): AsyncIterable<NodeState> {
		while (!signal.aborted) {
			const next = this.#queue.shift()
			if (next === 'end') return
			if (next instanceof Error) throw next
			if (next !== undefined) yield next
			else
				await new Promise<void>((resolve) => {
					const wake = (): void => {
						signal.removeEventListener('abort', wake)
						resolve()
					}
					this.#wake = wake
					signal.addEventListener('abort', wake)
				})
		}
	}
	async act(action: NodeAction): Promise<void> {
		this.asked.push(action)
		if (this.refusal !== undefined) throw this.refusal
	}
	close(): Promise<void> {
		return Promise.resolve()
	}
}

async function until(what: () => boolean, told: () => string): Promise<void> {
	for (let i = 0; i < 500; i++) {
		if (what()) return
		await delay(10)
	}
	assert.fail(told())
}

interface Stage {
	readonly node: Node
	readonly input: Keyboard
	readonly output: Display
	readonly ended: Promise<string>
	readonly stop: () => void
	/** What was written beside the frames: entering and leaving. */
	readonly around: () => string
	readonly shows: (text: string) => Promise<void>
}

async function onStage(act: (stage: Stage) => Promise<void>, inside = false): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'filesync-top-'))
	const fd = openSync(join(folder, 'tty'), 'w')
	const listeners = (): number[] =>
		['exit', 'SIGCONT', 'warning', 'uncaughtExceptionMonitor'].map((name) => process.listenerCount(name))
	const before = listeners()
	try {
		const [node, input, output, controller] = [new Node(inside), new Keyboard(), new Display(fd), new AbortController()]
		const ended = runTop({handle: node, input, output, env: {}, signal: controller.signal, nowMs: () => nowMs}).then(
			() => 'left',
			(error: unknown) => String(error),
		)
		await act({
			node,
			input,
			output,
			ended,
			stop: () => controller.abort(),
			around: () => readFileSync(join(folder, 'tty'), 'utf8'),
			shows: (text) =>
				until(
					() => output.text.includes(text),
					() => `no "${text}" in:\n${output.text}`,
				),
		})
		controller.abort()
		await ended
		assert.deepEqual(input.modes, [true, false])
		const written = readFileSync(join(folder, 'tty'), 'utf8')
		assert.ok(written.startsWith('\x1b[?1049h') && written.endsWith('\x1b[?25h\x1b[?1049l'), JSON.stringify(written))
		assert.deepEqual(listeners(), before)
		assert.deepEqual([input.eventNames(), output.eventNames()], [[], []])
	} finally {
		closeSync(fd)
		rmSync(folder, {recursive: true})
	}
}

describe('ui top: run', () => {
	it('shows what comes, acts on keys, leaves on q', () =>
		onStage(async ({node, input, ended, shows}) => {
			await shows('waiting for the node')
			node.say(idle)
			await shows('connected to desktop')
			input.type('s')
			await shows('the sync begins')
			input.type('p')
			await until(
				() => node.asked.length === 2,
				() => node.asked.join(),
			)
			assert.deepEqual(node.asked, ['sync', 'pause'])
			input.type('q')
			assert.equal(await ended, 'left')
		}))

	it('a key is answered at once', () =>
		onStage(async ({node, input, output, shows}) => {
			node.say(idle)
			await shows('connected to desktop')
			input.type('x')
			assert.match(output.text, /x does nothing here/)
		}))

	it('nothing is written when nothing changed', () =>
		onStage(async ({node, output, shows}) => {
			node.say(idle)
			await shows('connected to desktop')
			const written = output.paper.writes.length
			for (let i = 0; i < 4; i++) {
				node.say({...idle})
				await delay(60)
			}
			assert.equal(output.paper.writes.length, written)
		}))

	it('states draw four frames a second at most', () =>
		onStage(async ({node, output}) => {
			const startedAt = performance.now()
			for (let i = 0; i < 50; i++) {
				node.say({...idle, device: {id: 'x', name: `device ${i}`}})
				await delay(10)
			}
			const most = 2 + (performance.now() - startedAt) / 250
			assert.ok(output.paper.writes.length <= most, `${output.paper.writes.length} > ${most}`)
		}))

	it('a lone Esc leaves, after a moment', () =>
		onStage(async ({input, ended}) => {
			input.type('\x1b')
			assert.equal(await ended, 'left')
		}))

	it('an arrow in two pieces is no Esc', () =>
		onStage(async ({input, node, shows}) => {
			node.say(idle)
			await shows('connected to desktop')
			input.type('\x1b')
			input.type('[A')
			await shows('log: all of it is shown')
		}))

	it('leaves when it is told to', () =>
		onStage(async ({stop, ended}) => {
			stop()
			assert.equal(await ended, 'left')
		}))

	it('leaves when the keyboard is gone', () =>
		onStage(async ({input, ended}) => {
			input.emit('end')
			assert.equal(await ended, 'left')
		}))

	it('what the states throw is thrown on, after the screen is given back', () =>
		onStage(async ({node, ended, around}) => {
			node.say(idle, new Error('the socket broke'))
			assert.equal(await ended, 'Error: the socket broke')
			assert.ok(around().endsWith('\x1b[?1049l'))
		}))

	it('a fault while drawing leaves in order, too', () =>
		onStage(async ({node, output, ended, shows}) => {
			node.say(idle)
			await shows('connected to desktop')
			output.write = () => {
				throw new Error('EIO')
			}
			node.say({...idle, link: offline})
			assert.equal(await ended, 'Error: EIO')
		}))

	it('a node behind a socket may come back', () =>
		onStage(async ({node, shows}) => {
			node.say(idle, 'end')
			await shows(': the node has ended')
			node.say({...idle, link: offline})
			await shows('offline for')
		})).timeout(60_000)

	it('a node of this process that has ended ends the view', () =>
		onStage(async ({node, ended}) => {
			node.say(idle, 'end')
			assert.equal(await ended, 'left')
		}, true))

	it('a refusal is shown', () =>
		onStage(async ({node, input, shows}) => {
			node.say(idle)
			await shows('connected to desktop')
			node.refusal = new Error('not now')
			input.type('s')
			await shows('no sync: not now')
		}))

	it('without a terminal there is one plain frame', async () => {
		const node = new Node()
		node.say(idle)
		const output = new Display(-1)
		const {signal} = new AbortController()
		const written: string[] = []
		output.write = (text) => void written.push(text)
		await runTop({handle: node, input: new Keyboard(false), output, env: {}, signal, nowMs: () => nowMs})
		assert.match(written.join(''), /^device {7}laptop/)
		assert.ok(!written.join('').includes('\x1b'))
	})
})

describe('ui top: terminal', () => {
	it('is given back once, however often it is left, and on exit', () => {
		const folder = mkdtempSync(join(tmpdir(), 'filesync-top-'))
		const fd = openSync(join(folder, 'tty'), 'w')
		const input = new Keyboard()
		const terminal = new Terminal(input, {fd})
		terminal.enter()
		terminal.enter()
		assert.ok(process.listeners('exit').includes(terminal.leave))
		terminal.leave()
		terminal.leave()
		assert.ok(!process.listeners('exit').includes(terminal.leave))
		closeSync(fd)
		assert.deepEqual(input.modes, [true, false])
		const written = readFileSync(join(folder, 'tty'), 'utf8')
		assert.equal(written.split('\x1b[?1049l').length, 2)
		for (const mode of ['1049', '7', '2004', '25'])
			assert.match(written, new RegExp(`\\?${mode}h.*\\?${mode}l|\\?${mode}l.*\\?${mode}h`))
		rmSync(folder, {recursive: true})
	})

	it('a terminal that is gone is left without a word', () => {
		const input = new Keyboard()
		input.setRawMode = () => {
			throw new Error('EIO')
		}
		const terminal = new Terminal(input, {fd: 1_000_000})
		terminal.enter()
		terminal.leave()
	})
})
