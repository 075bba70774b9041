// The heap of a process that stays: collected soon after work, in the main thread and in a worker; left alone in one that ends.
import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'

const heapModule = new URL('../../src/lib/tree/worker/heap.js', import.meta.url).href
const threadsModule = new URL('../../src/lib/tree/worker/thread.js', import.meta.url).href

/** Runs a module in a process of its own, since V8's flags count for all of it; gives what it printed. */
const inProcess = (text: string): string =>
	execFileSync(process.execPath, ['--input-type=module', '-e', text], {encoding: 'utf8', timeout: 30_000}).trim()

/** Waits up to 10 s until a collection has taken an object that nothing holds. `held` keeps the process alive meanwhile. */
const collected = `
	const makeGarbage = () => new WeakRef({content: new Array(1000).fill(0)})
	const isCollected = async (garbage) => {
		for (let i = 0; i < 500; i++) {
			if (garbage.deref() === undefined) return true
			await new Promise((resolve) => setTimeout(resolve, 20))
		}
		return false
	}`

describe('tree: heap', () => {
	it('a process that stays collects soon after it did something', () => {
		const text = `
			import {collectSoon, keepHeapSteady} from '${heapModule}'
			${collected}
			keepHeapSteady()
			const garbage = makeGarbage()
			collectSoon()
			console.log(await isCollected(garbage))`
		assert.equal(inProcess(text), 'true')
	}).timeout(40_000)

	it('calls of a worker do so on this side, too', () => {
		const text = `
			import {keepHeapSteady} from '${heapModule}'
			import {Thread} from '${threadsModule}'
			${collected}
			keepHeapSteady()
			const garbage = makeGarbage()
			const thread = new Thread('read')
			await thread.call('none', {}).catch(() => {})
			console.log(await isCollected(garbage))
			await thread.close()`
		assert.equal(inProcess(text), 'true')
	}).timeout(40_000)

	it('a process that ends soon has no such collections', () => {
		const text = `
			import {collectSoon, isSteady} from '${heapModule}'
			collectSoon()
			console.log(isSteady(), process.getActiveResourcesInfo().includes('Timeout'))`
		assert.equal(inProcess(text), 'false false')
	})
})
