// One line of a node's structured log, for log collectors. Pure.
import type {LogLevel} from '../config/index.js'

export interface LogRecord {
	/** ISO 8601, UTC. */
	readonly time: string
	readonly level: LogLevel
	readonly message: string
	/** The event as `--json` prints it. */
	readonly event: object
}

/** `text`: escaped already. */
export const logLine = (level: LogLevel, text: string, event: object, at: Date): LogRecord => ({
	time: at.toISOString(),
	level,
	message: text,
	event,
})
