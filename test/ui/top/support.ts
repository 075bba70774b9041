// Keys by name, a terminal of paper, and where the kept screens lie.
import assert from 'node:assert/strict'
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Effect, Model} from '../../../src/lib/ui/top/model/model.js'
import type {Key, NamedKey} from '../../../src/lib/ui/top/terminal/keys.js'
import {update} from '../../../src/lib/ui/top/update.js'
import {nowMs} from './fixtures.js'

export const char = (text: string): Key => ({kind: 'char', char: text})
export const named = (name: NamedKey): Key => ({kind: 'named', name})

/** `model` after `keys`, and what the last of them asks for. */
export function pressed(model: Model, ...keys: Key[]): {model: Model; effects: readonly Effect[]; said: string} {
	let now = model
	let effects: readonly Effect[] = []
	for (const key of keys) ({model: now, effects} = update(now, {kind: 'key', key, nowMs}))
	return {model: now, effects, said: now.toast?.text ?? ''}
}

export const esc = '\x1b'

const pieces = new RegExp(`(?=${esc}\\[\\d+;1H)|(?<=${esc}\\[J)`)
const toRow = new RegExp(`^${esc}\\[(\\d+);1H`)

/** What the renderer's output makes of a terminal that does not wrap. */
export class Paper {
	readonly lines: string[]
	/** Each call of `write`. */
	readonly writes: string[] = []

	constructor(rows: number) {
		this.lines = Array.from({length: rows}, () => '')
	}

	readonly write = (text: string): void => {
		this.writes.push(text)
		let row = 0
		for (const part of text.split(pieces)) {
			const at = toRow.exec(part)
			if (at !== null) row = Number(at[1]) - 1
			if (part.includes('\x1b[2J')) this.lines.fill('')
			else if (part.endsWith('\x1b[J')) this.lines.fill('', row)
			else if (at !== null) this.lines[row] = part.slice(at[0].length).replace('\x1b[2K', '').replace('\x1b[?2026l', '')
		}
	}
}

/** Tests run in the package's root. */
const folder = join(process.cwd(), 'test', 'ui', 'top', 'screens')
const howToUpdate = 'FILESYNC_UPDATE_SNAPSHOTS=1 npm test test/ui/top'

/** Compares `text` with the kept one; with FILESYNC_UPDATE_SNAPSHOTS=1 it is kept instead. */
export function assertScreen(name: string, text: string): void {
	const file = join(folder, `${name.replaceAll(/[^a-z]+/g, '-')}.txt`)
	if (process.env['FILESYNC_UPDATE_SNAPSHOTS'] === '1') {
		mkdirSync(folder, {recursive: true})
		writeFileSync(file, text)
		return
	}
	assert.ok(existsSync(file), `there is no screen ${file} yet: ${howToUpdate}`)
	assert.equal(text, readFileSync(file, 'utf8'), `${file} has changed; if that is wanted: ${howToUpdate}`)
}
