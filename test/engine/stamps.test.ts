// Stamps as columns: what was put in comes out, in path order, past the first growth of the columns.
import {deepEqual, equal} from 'node:assert/strict'
import {Stamps} from '../../src/lib/replica/stamps.js'
import {rel} from '../core/model/disk.js'

const count = 2500
const pathOf = (i: number) => rel(`f${String(i).padStart(6, '0')}`)
const stampOf = (i: number) => ({size: i, mtimeMs: i + 0.25, ctimeMs: i + 0.5, ino: 2 ** 40 + i, mode: 0o600 + (i % 8)})

describe('replica/stamps', () => {
	let stamps = new Stamps()
	beforeEach(() => {
		stamps = new Stamps()
		for (let i = 0; i < count; i++) stamps.add(pathOf(2 * i), stampOf(i))
	})

	it('finds each that it holds, and none that it does not', () => {
		for (let i = 0; i < count; i++) {
			deepEqual(stamps.find(pathOf(2 * i)), stampOf(i))
			equal(stamps.find(pathOf(2 * i + 1)), undefined)
		}
	})
	it('passes over those that are not asked for, and gives one twice', () => {
		deepEqual(stamps.find(pathOf(2 * 2000)), stampOf(2000))
		deepEqual(stamps.find(pathOf(2 * 2000)), stampOf(2000))
	})
	it('finds nothing before the last answer', () => {
		stamps.find(pathOf(100))
		equal(stamps.find(pathOf(98)), undefined)
		deepEqual(stamps.find(pathOf(102)), stampOf(51))
	})
	it('holds nothing at first', () => equal(new Stamps().find(rel('a')), undefined))
})
