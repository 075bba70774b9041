// Progress: a thin bar, percent, time left. Pure.
import {dim, type Line, span} from './line.js'

/** From 0 to 1; 1 if there is nothing to do. */
export const shareOf = (done: number, total: number): number => (total > 0 ? Math.min(1, Math.max(0, done / total)) : 1)

/** Exactly `cells` wide. Full only at the end. */
export function bar(share: number, cells: number): Line {
	if (cells < 1) return []
	const halves = Math.floor(share * cells * 2)
	const full = halves >> 1
	const half = halves % 2 === 1 ? '╸' : ''
	return [span('━'.repeat(full) + half, 'accent'), dim('─'.repeat(cells - full - half.length))]
}

/** ` 62 %`, always five columns; 100 only at the end. */
export const percent = (share: number): string => `${Math.floor(share * 100)} %`.padStart(5)

/** Milliseconds for the rest at `bytesPerSec`; null: unknown. */
export const leftMs = (done: number, total: number, bytesPerSec: number): number | null =>
	bytesPerSec > 0 && total > done ? ((total - done) * 1000) / bytesPerSec : null
