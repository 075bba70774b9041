// Both sides begin a sync in one moment, over a line with 50 ms of latency: one goes first, the other after it, and none waits for ever.
// FILESYNC_TRIES=200 npm test -- test/faults/both-lead.test.ts: as many tries of each kind.
import assert from 'node:assert/strict'
import {type Device, Pair} from '../e2e/support/pair.js'
import {type Program, told, until} from '../e2e/support/program.js'
import {freePort} from '../e2e/support/relay.js'
import {Line} from './support/proxy.js'

const tries = Number(process.env['FILESYNC_TRIES'] ?? 3)
const withinMs = 20_000

interface Both {
	readonly devices: readonly [Device, Device]
	readonly pair: Pair
	/** What the nodes said, for a message. */
	readonly said: () => string
	/** Ends the nodes, which must end with 0. */
	readonly close: () => Promise<void>
}

/** Two nodes that listen, each dialling the other over a line of its own. */
async function bothRun(name: string, command: readonly string[]): Promise<Both> {
	const pair = new Pair({name, settings: {debounce_ms: 50}})
	const devices = [pair.alpha, pair.beta] as const
	const ports = [await freePort(), await freePort()] as const
	const lines = [await Line.to(ports[1], {delayMs: 50}), await Line.to(ports[0], {delayMs: 50})] as const
	const nodes: Program[] = []
	for (const [i, device] of devices.entries()) {
		device.configure({
			server: {host: '127.0.0.1', port: ports[i]},
			peer: {host: '127.0.0.1', port: lines[i]?.port},
		})
		nodes.push(device.start(...command))
	}
	for (const node of nodes) await node.line(/Server listening/)
	const close = async (): Promise<void> => {
		for (const node of nodes) {
			const outcome = await node.stop()
			assert.equal(outcome.code, 0, told(outcome))
		}
		for (const line of lines) await line.close()
	}
	const said = (): string => nodes.map((node) => `\n--- a node said\n${node.said}`).join('')
	return {devices, pair, said, close}
}

describe('both sides lead in one moment', function () {
	this.timeout(60_000 + tries * 2 * withinMs)

	it(`sync on both while both serve, ${tries} times`, async () => {
		const {devices, pair, said, close} = await bothRun('both-sync', ['serve'])
		for (let i = 0; i < tries; i++) {
			for (const {dir, name} of devices) dir.write(`${name}-${i}`, `${i}`)
			const syncs = devices.map((device) => device.start('sync', '--json'))
			for (const sync of syncs) {
				const outcome = await sync.ended(withinMs)
				assert.equal(outcome.code, 0, `try ${i}: ${told(outcome)}${said()}`)
			}
			pair.assertSame(`try ${i}`)
		}
		await close()
	})

	it(`sync on both while two nodes find each other, ${tries} times`, async () => {
		for (let i = 0; i < tries; i++) {
			const {devices, said, close} = await bothRun(`both-start-${i}`, ['serve', '--watch'])
			for (const {dir, name} of devices) dir.write(name, `${i}`)
			const syncs = devices.map((device) => device.start('sync', '--json'))
			for (const sync of syncs) {
				const outcome = await sync.ended(withinMs)
				assert.equal(outcome.code, 0, `try ${i}: ${told(outcome)}${said()}`)
			}
			await until(`both edits, try ${i}`, () => devices.every(({dir}) => devices.every(({name}) => dir.has(name))))
			await close()
		}
	})

	it(`edits and sync on both while both serve and watch, ${tries} times`, async () => {
		const {devices, pair, said, close} = await bothRun('both-watch', ['serve', '--watch'])
		for (let i = 0; i < tries; i++) {
			for (const {dir, name} of devices) dir.write(`${name}-${i}`, `${i}`)
			const syncs = devices.map((device) => device.start('sync', '--json'))
			for (const sync of syncs) {
				const outcome = await sync.ended(withinMs)
				assert.equal(outcome.code, 0, `try ${i}: ${told(outcome)}${said()}`)
			}
			await until(`both edits, try ${i}`, () =>
				devices.every(({dir}) => devices.every(({name}) => dir.has(`${name}-${i}`))),
			)
		}
		await close()
		pair.assertSame()
	})
})
