// Progress of one sync as plain lines on stderr, one per phase, for pipes, logs and cron.
import type {SyncEvent} from '../../node/use/events.js'
import {bytes, count} from '../format.js'
import {safeText} from '../safe.js'

export interface Progress {
	readonly onEvent: (event: SyncEvent) => void
	/** The sync is over, or goes on without this process (`left`). Prints nothing afterwards. */
	done(how: 'done' | 'failed' | 'left'): Promise<void>
}

/** `say` prints an escaped line. */
export function lineProgress(say: (line: string) => void): Progress {
	return {
		onEvent: (event) => {
			switch (event.kind) {
				case 'connected':
					return say(`connected to ${safeText(event.name)} (${safeText(event.host)}:${event.port})`)
				case 'scanned':
					return say(
						`${event.side === 'local' ? 'here' : 'on the peer'}: ${count(event.files, 'file')}, ${bytes(event.bytes)}`,
					)
				case 'planned':
					return event.files === 0
						? undefined
						: say(`transferring ${count(event.files, 'file')}, ${bytes(event.bytes)}`)
				default:
					return undefined
			}
		},
		done: () => Promise.resolve(),
	}
}

/** Prints nothing. */
export const noProgress: Progress = {onEvent: () => {}, done: () => Promise.resolve()}
