// The progress line of a transfer, fitted to the columns: bar, share, files, bytes, rate, time left. Pure: the time is an argument.
import {bytes, rate, secondsLeft, width} from '../format.js'

export interface TransferState {
	readonly files: number
	readonly bytes: number
	readonly filesDone: number
	readonly bytesDone: number
	readonly elapsedMs: number
}

/** Smallest and largest width of the bar in columns. Facts that would make it narrower are left out. */
const longestBar = 24
const shortestBar = 8

/** `━━━━━━╸─────`, exactly `cells` wide. Full only at the end. */
function barOf(share: number, cells: number): string {
	const halves = Math.floor(share * cells * 2)
	const full = halves >> 1
	const half = halves % 2 === 1 ? '╸' : ''
	return '━'.repeat(full) + half + '─'.repeat(cells - full - half.length)
}

/** `57/100 MiB`, or `579 KiB/1.2 GiB` if the units differ. */
function amount(done: number, total: number): string {
	const [all, some] = [bytes(total), bytes(done)]
	const unit = all.slice(all.indexOf(' '))
	return some.endsWith(unit) ? `${some.slice(0, -unit.length)}/${all}` : `${some}/${all}`
}

/** `━━━━━━━━━╸────  42 %  1,234/5,678  12/57 MiB  45 MiB/s  1 s left`, at most `columns` wide: leaves out the least important first. */
export function transferLine(state: TransferState, columns: number): string {
	const {files, bytes: total, filesDone, bytesDone, elapsedMs} = state
	const share = Math.min(1, total > 0 ? bytesDone / total : files > 0 ? filesDone / files : 1)
	const percent = `${Math.floor(share * 100)} %`.padStart(5)
	const left = share > 0.01 && share < 1 ? [`${secondsLeft((elapsedMs / share) * (1 - share))} left`] : []
	const counted = `${filesDone.toLocaleString('en')}/${files.toLocaleString('en')}`
	const [moved, speed] = [amount(bytesDone, total), rate(bytesDone, elapsedMs)]
	// From all facts to the fewest.
	const choices = [
		[percent, counted, moved, speed, ...left],
		[percent, moved, speed, ...left],
		[percent, moved, ...left],
		[percent, ...left],
		[percent],
	]
	const text = choices.map((parts) => parts.join('  ')).find((line) => width(line) + 1 + shortestBar <= columns)
	if (text === undefined) return percent.trim()
	return `${barOf(share, Math.min(longestBar, columns - width(text) - 1))} ${text}`
}
