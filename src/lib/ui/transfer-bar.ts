// The moving line of a transfer: bar, files, bytes, rate, time left. Pure, but for the clock that is handed in.
import {bytes, duration, rate} from './format.js'

export interface TransferState {
	readonly files: number
	readonly bytes: number
	readonly filesDone: number
	readonly bytesDone: number
	readonly elapsedMs: number
}

const cells = 20

/** `[=====>    ]  42 % · 1,234/5,678 files · 12 MiB of 57 MiB · 45 MiB/s · 1 s left` */
export function transferLine({files, bytes: total, filesDone, bytesDone, elapsedMs}: TransferState): string {
	const share = total > 0 ? bytesDone / total : files > 0 ? filesDone / files : 1
	const full = Math.min(cells, Math.floor(share * cells))
	const bar = `[${'='.repeat(full)}${full < cells ? '>' : ''}${' '.repeat(Math.max(0, cells - full - 1))}]`
	const left = share > 0.01 && share < 1 ? ` · ${duration((elapsedMs / share) * (1 - share))} left` : ''
	const percent = `${Math.floor(Math.min(1, share) * 100)} %`.padStart(5)
	return `${bar}${percent} · ${filesDone.toLocaleString('en')}/${files.toLocaleString('en')} files · ${bytes(bytesDone)} of ${bytes(total)} · ${rate(bytesDone, elapsedMs)}${left}`
}
