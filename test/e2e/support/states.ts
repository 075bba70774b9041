// What a running node tells of itself through its control socket, again and again, as `status` and `top` show it.
import assert from 'node:assert/strict'
import {readdirSync} from 'node:fs'
import {connect, type Socket} from 'node:net'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import type {NodeState} from '../../../src/lib/node/status/node-state.js'
import type {Device} from './pair.js'

export const socketsOf = (device: Device): string[] =>
	readdirSync(device.stateDir, {recursive: true, encoding: 'utf8'})
		.filter((name) => name.endsWith('control.sock'))
		.map((name) => join(device.stateDir, name))

/** All states of a node since it was opened, one each `everyMs`. */
export class States {
	readonly all: NodeState[] = []
	readonly #socket: Socket

	constructor(device: Device, everyMs = 100) {
		const [place] = socketsOf(device)
		assert.ok(place !== undefined, `${device.name} has no control socket`)
		this.#socket = connect(place)
		this.#socket.on('error', () => {})
		this.#socket.write(`${JSON.stringify({do: 'states', everyMs})}\n`)
		createInterface({input: this.#socket}).on('line', (line) => {
			const reply = JSON.parse(line)
			if (reply.kind === 'state') this.all.push(reply.state)
		})
	}

	get last(): NodeState | undefined {
		return this.all.at(-1)
	}

	/** Told between two moments, in ms since 1970. */
	between(fromMs: number, toMs: number): NodeState[] {
		return this.all.filter(({at}) => Date.parse(at) > fromMs && Date.parse(at) < toMs)
	}

	close(): void {
		this.#socket.destroy()
	}
}
