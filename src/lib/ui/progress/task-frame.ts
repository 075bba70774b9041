// The list of a sync's phases as lines of a terminal. Pure. Every line of a live frame fits, so none wraps.

import {ascii, type Capabilities} from '../capabilities.js'
import {truncate, truncateMiddle, wrap} from '../format.js'
import {type TransferState, transferLine} from './transfer-bar.js'

export type PhaseState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped'

export interface PhaseView {
	readonly state: PhaseState
	readonly title: string
}

/** The line below the running phase: a text, or progress and current file of the transfer. */
export type Detail =
	| {readonly kind: 'text'; readonly text: string}
	| {readonly kind: 'transfer'; readonly transfer: TransferState; readonly file: string | undefined}

const signs: Readonly<Record<Exclude<PhaseState, 'running'>, {readonly unicode: string; readonly ascii: string}>> = {
	waiting: {unicode: '·', ascii: '.'},
	done: {unicode: '✔', ascii: '+'},
	failed: {unicode: '✖', ascii: 'x'},
	skipped: {unicode: '–', ascii: '-'},
}

const spinner = {unicode: '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏', ascii: '|/-\\'}

/** SGR codes of the marks. */
const colours: Readonly<Record<PhaseState, number>> = {waiting: 2, running: 33, done: 32, failed: 31, skipped: 2}

function signOf(state: PhaseState, {unicode, colour}: Capabilities, tick: number): string {
	const set = unicode ? 'unicode' : 'ascii'
	const sign = state === 'running' ? (spinner[set][tick % spinner[set].length] ?? '') : signs[state][set]
	return colour ? `\x1b[${colours[state]}m${sign}\x1b[0m` : sign
}

/** Indent of the line below a phase, and of a title including its mark, in columns. */
const indent = 2

function detailLines(detail: Detail, columns: number): string[] {
	if (detail.kind === 'text') return [truncate(detail.text, columns)]
	const line = transferLine(detail.transfer, columns)
	return detail.file === undefined ? [line] : [line, truncateMiddle(detail.file, columns)]
}

/** A frame while the sync runs. `columns`: of the terminal; `tick`: counts frames. Texts must be escaped already. */
export function liveFrame(
	phases: readonly PhaseView[],
	detail: Detail | undefined,
	capabilities: Capabilities,
	{columns, tick}: {readonly columns: number; readonly tick: number},
): string[] {
	// One column less: some terminals wrap after the last column and would show an empty line.
	const room = Math.max(1, columns - 1 - indent)
	const shown = (text: string): string => (capabilities.unicode ? text : ascii(text))
	return phases.flatMap(({state, title}) => {
		const head = `${signOf(state, capabilities, tick)} ${shown(truncate(title, room))}`
		const below = state === 'running' && detail !== undefined ? detailLines(detail, room) : []
		return [head, ...below.map((line) => `${' '.repeat(indent)}${shown(line)}`)]
	})
}

/** The frame that stays on the screen: whole titles, wrapped between words, without phases that never began. */
export function lastFrame(phases: readonly PhaseView[], capabilities: Capabilities, columns: number): string[] {
	return phases
		.filter(({state}) => state !== 'waiting')
		.flatMap(({state, title}) => {
			const [first = '', ...rest] = wrap(title, Math.max(1, columns - indent)).split('\n')
			const lines = [
				`${signOf(state, capabilities, 0)} ${first}`,
				...rest.map((line) => `${' '.repeat(indent)}${line.trimStart()}`),
			]
			return capabilities.unicode
				? lines
				: lines.map((line, i) => (i === 0 ? `${signOf(state, capabilities, 0)} ${ascii(first)}` : ascii(line)))
		})
}
