import assert from 'node:assert/strict'
import {TreeError} from '../../src/lib/tree/disk/errors.js'
import {LockRetries} from '../../src/lib/tree/disk/locked.js'

const codes = new Set(['EBUSY', 'EPERM'])

/** A clock that only pauses move, and the pauses. */
class FakeTime {
	now = 0
	readonly pauses: number[] = []
	readonly nowMs = (): number => this.now
	readonly pause = (ms: number): void => {
		this.pauses.push(ms)
		this.now += ms
	}

	get waited(): number {
		return this.pauses.reduce((sum, ms) => sum + ms, 0)
	}
}

/** Fails with `code` until `untilMs`. */
const lockedUntil =
	(time: FakeTime, untilMs: number, code = 'EBUSY') =>
	(): string => {
		if (time.now < untilMs) throw new TreeError(code, 'locked')
		return 'done'
	}

describe('tree: retries of locked files', () => {
	it('a call that works is made once, without a pause', () => {
		const time = new FakeTime()
		assert.equal(new LockRetries(time).run(lockedUntil(time, 0), codes), 'done')
		assert.deepEqual(time.pauses, [])
	})

	it('a locked one is tried again, at growing intervals, until it works', () => {
		const time = new FakeTime()
		assert.equal(new LockRetries(time).run(lockedUntil(time, 300), codes), 'done')
		assert.deepEqual(time.pauses, [10, 20, 40, 80, 160])
	})

	it('one that stays locked fails with its own error after some seconds', () => {
		const time = new FakeTime()
		const retries = new LockRetries(time)
		assert.throws(() => retries.run(lockedUntil(time, Number.POSITIVE_INFINITY, 'EPERM'), codes), {code: 'EPERM'})
		assert.equal(time.waited, 3000)
	})

	for (const code of ['ENOENT', 'EEXIST', 'CHANGED', 'EACCES'])
		it(`${code}, which is not asked for, is thrown at once`, () => {
			const time = new FakeTime()
			assert.throws(() => new LockRetries(time).run(lockedUntil(time, 1, code), codes), {code})
			assert.deepEqual(time.pauses, [])
		})

	it('another error on the way ends it', () => {
		const time = new FakeTime()
		const act = (): never => {
			throw new TreeError(time.now < 50 ? 'EBUSY' : 'CHANGED', 'somebody wrote it')
		}
		assert.throws(() => new LockRetries(time).run(act, codes), {code: 'CHANGED'})
	})

	it('a thousand locked files share one budget', () => {
		const time = new FakeTime()
		const retries = new LockRetries(time)
		for (let i = 0; i < 1000; i++)
			assert.throws(() => retries.run(lockedUntil(time, Number.POSITIVE_INFINITY), codes), {code: 'EBUSY'})
		assert.ok(time.waited >= 6000 && time.waited < 8000, `${time.waited}`)
	})

	it('the budget comes back with time, to its full size and no further', () => {
		const time = new FakeTime()
		const retries = new LockRetries(time)
		const fail = (): void => {
			for (let i = 0; i < 20; i++)
				assert.throws(() => retries.run(lockedUntil(time, Number.POSITIVE_INFINITY), codes), {code: 'EBUSY'})
		}
		fail()
		const first = time.waited
		time.now += 20_000
		fail()
		const second = time.waited - first
		assert.ok(second > 1500 && second < 3000, `${second}`)
		time.now += 10_000_000
		fail()
		assert.ok(time.waited - first - second < 8000, `${time.waited}`)
	})
})
