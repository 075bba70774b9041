// The rows of each panel: filtered, and drawn one by one. Pure; decides no heights.
import type {Problem} from '../../../core/entries/entry.js'
import type {LogLine, NodeState, TransferState} from '../../../node/status/node-state.js'
import {bytes, truncateStart, width} from '../../format.js'
import {safeText} from '../../safe.js'
import {bar, leftMs, percent, shareOf} from '../draw/bar.js'
import {cell, dim, type Line, type Style, span} from '../draw/line.js'
import type {Model, Panel} from '../model/model.js'
import {clockTime, remaining, sinceMs} from '../texts/times.js'

/** The rows of one panel that match the filter. */
export interface Rows {
	/** Number of rows without the filter. */
	readonly total: number
	readonly count: number
	/** Id of the last row; null: there is none. */
	readonly lastId: string | null
	/** Number of rows after the one with this id; 0 if it is not found. */
	after(id: string): number
	/** `index` from 0 to `count` - 1. */
	draw(index: number): Line
}

interface Kind<T> {
	readonly id: (item: T) => string
	/** The text that the filter searches, escaped. */
	readonly text: (item: T) => string
	readonly draw: (item: T, model: Model) => Line
}

function rows<T>(items: readonly T[], {id, text, draw}: Kind<T>, model: Model): Rows {
	const wanted = model.filter.text.toLowerCase()
	const found = wanted === '' ? items : items.filter((item) => text(item).toLowerCase().includes(wanted))
	const last = found.at(-1)
	return {
		total: items.length,
		count: found.length,
		lastId: last === undefined ? null : id(last),
		after: (wantedId) => {
			const at = found.findLastIndex((item) => id(item) === wantedId)
			return at < 0 ? 0 : found.length - 1 - at
		},
		draw: (index) => {
			const item = found[index]
			return item === undefined ? [] : draw(item, model)
		},
	}
}

/** A blank, the time, a blank. */
const timed = (at: string, {nowMs, screen}: Model): Line => [dim(` ${clockTime(at, nowMs, screen.zoneMin).padEnd(8)} `)]

const levels: Readonly<Record<LogLine['level'], {mark: string; style: Style}>> = {
	info: {mark: '  ', style: 'plain'},
	warn: {mark: '! ', style: 'warn'},
	error: {mark: '✗ ', style: 'error'},
}

const log: Kind<LogLine> = {
	id: ({id}) => String(id),
	text: ({text, level}) => `${level} ${safeText(text)}`,
	draw: ({at, level, text}, model) => {
		const {mark, style} = levels[level]
		return [...timed(at, model), span(mark, style), span(safeText(text), style)]
	},
}

const conflicts: Kind<NodeState['conflicts'][number]> = {
	id: ({at, path, copy}) => `${at} ${path} ${copy}`,
	text: ({path, copy}) => `${safeText(path)} ${safeText(copy)}`,
	draw: ({at, path, copy, winner}, model) => {
		const {columns} = model.screen
		const isOurs = winner === 'local'
		if (columns < 60) {
			const won = `  ${isOurs ? 'ours' : 'the peer'} won`
			return [...timed(at, model), span(truncateStart(safeText(path), columns - 11 - won.length)), dim(won)]
		}
		const won = isOurs ? "  ours won, the peer's is " : '  the peer won, ours is '
		const room = columns - 10 - won.length
		const name = truncateStart(safeText(path), room >> 1)
		return [...timed(at, model), span(name), dim(won), span(truncateStart(safeText(copy), room - width(name)))]
	},
}

const problems: Kind<Problem> = {
	id: ({side, path, code}) => `${side} ${code} ${path}`,
	text: ({side, path, code, message}) =>
		`${side === 'remote' ? 'peer: ' : ''}${safeText(path)} ${safeText(message)} ${safeText(code)}`,
	draw: ({side, path, code, message}, {screen: {columns}}) => [
		span(' '),
		span('! ', 'warn'),
		dim(side === 'remote' ? 'peer: ' : ''),
		span(truncateStart(safeText(path), columns >> 1)),
		span(`  ${safeText(message)}`, 'warn'),
		dim(` [${safeText(code)}]`),
	],
}

/** Widths of the parts of a transfer's row, by the columns of the screen; 0: left out. */
const transferColumns = (columns: number): {bar: number; size: number; rate: number; left: number} =>
	columns >= 100
		? {bar: 24, size: 10, rate: 12, left: 13}
		: columns >= 70
			? {bar: 12, size: 0, rate: 12, left: 13}
			: {bar: 8, size: 0, rate: 0, left: 7}

const transfers: Kind<TransferState> = {
	id: ({way, path}) => `${way} ${path}`,
	text: ({path}) => safeText(path),
	// The name comes last, so that the columns stay aligned if the terminal draws it with another width.
	draw: ({path, way, bytes_done: done, bytes_total: total, since}, {nowMs, screen: {columns}}) => {
		const wide = transferColumns(columns)
		const share = shareOf(done, total)
		const runningMs = sinceMs(since, nowMs)
		const speed = runningMs > 0 ? (done * 1000) / runningMs : 0
		const ms = leftMs(done, total, speed)
		const left = ms === null ? '' : `${remaining(ms)}${wide.rate > 0 ? ' left' : ''}`
		return [
			dim(way === 'up' ? ' ↑ ' : ' ↓ '),
			...bar(share, wide.bar),
			span(percent(share)),
			cell(bytes(total), wide.size, 'dim', 'right'),
			cell(`${bytes(speed)}/s`, wide.rate, 'plain', 'right'),
			cell(left, wide.left, 'plain', 'right'),
			span(`  ${truncateStart(safeText(path), columns - 10 - wide.bar - wide.size - wide.rate - wide.left)}`),
		]
	},
}

export function rowsOf(model: Model, panel: Panel): Rows {
	const {state} = model
	switch (panel) {
		case 'log':
			return rows(state?.log ?? [], log, model)
		case 'conflicts':
			return rows(state?.conflicts ?? [], conflicts, model)
		case 'problems':
			return rows(state?.problems ?? [], problems, model)
		case 'transfers':
			return rows(state?.transfers ?? [], transfers, model)
	}
}
