// The program killed at a system call, on either side, in the middle of a sync with everything in it; then one more sync.
import assert from 'node:assert/strict'
import {Pair} from '../e2e/support/pair.js'
import {told} from '../e2e/support/program.js'
import {EditHistory} from './support/edit-history.js'
import {attach, Injected, noInjection} from './support/inject.js'

const heavy = process.env['FILESYNC_HEAVY'] === '1'

/** Which call of a kind is the last. Threads count each for themselves, so one number hits at several places. */
const calls = [
	{name: 'rename', most: 40},
	{name: 'link', most: 30},
	{name: 'unlink', most: 30},
	{name: 'fsync', most: 10},
	{name: 'fdatasync', most: 12},
	{name: 'mkdir', most: 12},
	{name: 'rmdir', most: 3},
	{name: 'pwrite64,write', most: 60},
	{name: 'utimensat', most: 30},
	{name: 'fchmod', most: 20},
	{name: 'chmod', most: 6},
] as const

/** Tries per side. */
const tries = heavy ? 150 : 8

/** The same numbers in every run, so that a failure comes back. */
function* picks(seed: number): Generator<string, never> {
	let state = seed
	const next = (below: number): number => {
		state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
		return (state >>> 8) % below
	}
	for (let i = seed; ; i++) {
		const call = calls[i % calls.length]
		if (call !== undefined) yield `${call.name}:signal=SIGKILL:when=${1 + next(call.most)}`
	}
}

describe('killed at a system call', function () {
	this.timeout(heavy ? 3_600_000 : 120_000)

	for (const side of ['leader', 'follower'] as const)
		it(`the ${side}, ${tries} times: one more sync repairs all`, async function () {
			if (noInjection !== undefined) this.skip()
			const pair = new Pair({name: `kill-${side}`, settings: {max_delete_percent: 100}})
			const edits = new EditHistory(pair)
			edits.begin()
			const port = await pair.serve()
			await pair.alpha.result(['sync'])
			const pick = picks(side === 'leader' ? 1 : 4)
			let killed = 0
			for (let n = 1; n <= tries; n++) {
				edits.edit(n)
				const {value: injection} = pick.next()
				try {
					if (side === 'leader') {
						const args = ['sync', '--json', '--config', pair.alpha.config]
						const {signal, code} = await new Injected(injection, args, pair.alpha.options).exit
						if (signal === 'SIGKILL' || code === 137) killed++
					} else {
						const {server} = pair
						assert.ok(server !== undefined)
						const detach = await attach(server.pid, injection)
						const {code} = await pair.alpha.run('sync', '--json')
						if (code === 3) killed++
						// What did not die in the round dies after it.
						server.signal('SIGKILL')
						await Promise.all([server.exit, detach()])
					}
					edits.assertWhole()
					if (side === 'follower') await pair.serve(pair.beta, port)
					const outcome = await pair.alpha.run('sync', '--json')
					assert.equal(outcome.code, 0, told(outcome))
					edits.assertSettled()
					if (n === tries) await pair.alpha.result(['sync'])
				} catch (error) {
					if (error instanceof Error) error.message = `try ${n}, ${injection}: ${error.message}`
					throw error
				}
			}
			assert.ok(killed > 0, 'nothing was killed')
			if (heavy) console.log(`      ${killed} of ${tries} killed, ${edits.twins} twin conflict copies`)
			await pair.close()
		})
})
