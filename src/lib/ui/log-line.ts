// One line of a node's structured log, for journals and log collectors: pure.
import type {LogLevel} from '../config/index.js'

export interface LogRecord {
	/** ISO 8601, UTC. */
	readonly time: string
	readonly level: LogLevel
	readonly message: string
	/** What happened, in the words of `--json`. */
	readonly event: object
}

/** `text`: safe already. */
export const logLine = (level: LogLevel, text: string, event: object, at: Date): LogRecord => ({
	time: at.toISOString(),
	level,
	message: text,
	event,
})
