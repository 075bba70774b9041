// What the net tests share: listeners and sockets that are closed after each test, and a byte-counting TCP proxy.
import assert from 'node:assert/strict'
import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net'
import {type ErrorCode, FileSyncError} from '../../src/lib/errors/index.js'
import {type Channel, dial, type Listener, type ListenOptions, listen, type Refusal} from '../../src/lib/net/index.js'
import type {TestIdentity} from './identities.js'

export const loopback = '127.0.0.1'

/** Things to close when a test is over, last one first. */
export class Cleanup {
	#steps: (() => unknown)[] = []

	add(step: () => unknown): void {
		this.#steps.push(step)
	}

	async run(): Promise<void> {
		for (const step of this.#steps.splice(0).reverse()) await step()
	}
}

/** Values that arrive one by one and are awaited one by one. */
export class Inbox<T> {
	readonly all: T[] = []
	#taken = 0
	#wake: (() => void)[] = []

	readonly put = (value: T): void => {
		this.all.push(value)
		for (const wake of this.#wake.splice(0)) wake()
	}

	async next(): Promise<T> {
		while (this.#taken >= this.all.length) {
			await new Promise<void>((resolve) => {
				this.#wake.push(resolve)
			})
		}
		const value = this.all[this.#taken++]
		assert.ok(value !== undefined)
		return value
	}
}

export interface Serving {
	readonly listener: Listener
	readonly channels: Inbox<Channel>
	readonly refusals: Inbox<Refusal>
}

export async function serve(
	cleanup: Cleanup,
	identity: TestIdentity,
	pinned: readonly TestIdentity[],
	more: Partial<ListenOptions> = {},
): Promise<Serving> {
	const channels = new Inbox<Channel>()
	const refusals = new Inbox<Refusal>()
	const listener = await listen({
		host: loopback,
		port: 0,
		identity,
		pins: pinned.map(({pin}) => pin),
		onChannel: channels.put,
		onRefused: refusals.put,
		...more,
	})
	cleanup.add(async () => {
		for (const channel of channels.all) channel.destroy()
		await listener.close()
	})
	return {listener, channels, refusals}
}

/** Both ends of one connection over real TLS. */
export async function connectBoth(cleanup: Cleanup, a: TestIdentity, b: TestIdentity): Promise<[Channel, Channel]> {
	const {listener, channels} = await serve(cleanup, b, [a])
	const near = await dial({host: loopback, port: listener.port, identity: a, pins: [b.pin]})
	cleanup.add(() => near.destroy())
	return [near, await channels.next()]
}

/** A plain TCP server; `onSocket` decides what it says. */
export async function tcpServer(cleanup: Cleanup, onSocket: (socket: Socket) => void): Promise<number> {
	const sockets = new Set<Socket>()
	const server: Server = createServer({allowHalfOpen: true}, (socket) => {
		sockets.add(socket)
		socket.on('error', () => {})
		onSocket(socket)
	})
	await new Promise<void>((resolve) => server.listen(0, loopback, resolve))
	cleanup.add(() => {
		server.close()
		for (const socket of sockets) socket.destroy()
	})
	return (server.address() as AddressInfo).port
}

/** A connected plain TCP socket. */
export async function tcpClient(cleanup: Cleanup, port: number): Promise<Socket> {
	const socket = connect({host: loopback, port, allowHalfOpen: true})
	socket.on('error', () => {})
	cleanup.add(() => socket.destroy())
	await new Promise((resolve) => socket.once('connect', resolve))
	return socket
}

export interface Proxy {
	readonly port: number
	up: number
	down: number
	/** Both sockets of the (one) connection through it. */
	readonly sockets: Socket[]
}

/** Forwards to `target` and counts the bytes each way. */
export async function countingProxy(cleanup: Cleanup, target: number): Promise<Proxy> {
	const sockets: Socket[] = []
	const counted = {up: 0, down: 0}
	const port = await tcpServer(cleanup, (client) => {
		const server = connect({host: loopback, port: target, allowHalfOpen: true})
		server.on('error', () => client.destroy())
		client.on('data', (data) => {
			counted.up += data.length
		})
		server.on('data', (data) => {
			counted.down += data.length
		})
		client.pipe(server)
		server.pipe(client)
		sockets.push(client, server)
		cleanup.add(() => server.destroy())
	})
	return Object.assign(counted, {port, sockets})
}

/** The FileSyncError that `promise` rejects with, whose code must be `code`. */
export async function rejection(promise: Promise<unknown>, code: ErrorCode): Promise<FileSyncError> {
	const error = await promise.then(
		() => assert.fail(`should have been rejected with ${code}`),
		(reason: unknown) => reason,
	)
	assert.ok(error instanceof FileSyncError, String(error))
	assert.equal(error.code, code, error.message)
	assert.ok(error.message.length > 0 && error.message.length < 600)
	return error
}

/** Resolves when the condition holds, looking once per turn of the event loop; mocha's timeout is the bound. */
export async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
