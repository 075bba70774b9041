// What was on a disk is away, or stands in the folder itself by now.
import {equal} from 'node:assert/strict'
import {isAway, noteMount} from '../../src/lib/core/folder/mounts.js'

const many = Array.from({length: 1000}, (_, i) => `f${String(i).padStart(4, '0')}`)

const rows: readonly (readonly [name: string, noted: readonly string[], found: readonly string[], away: boolean])[] = [
	['an empty folder', ['a', 'b'], [], true],
	['a note that no disk is there', ['a', 'b'], ['NOT MOUNTED'], true],
	['what was on the disk was copied there', ['a', 'b'], ['a', 'b'], false],
	['and a part of it deleted, another part added', ['a', 'b', 'c'], ['c', 'd'], false],
	['the disk held nothing', [], [], false],
	['the disk held nothing, and the folder does', [], ['a'], false],
	['of many names the first count', many, many.slice(0, 30), false],
]

describe('core/folder/mounts', () => {
	for (const [name, noted, found, away] of rows) it(name, () => equal(isAway(noteMount('usb', noted), found), away))
	it('keeps a few names of many', () => equal(noteMount('usb', many).names.length, 20))
})
