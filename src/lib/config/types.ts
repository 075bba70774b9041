// The shape of a loaded configuration. The only form in which other modules see `sync_config.json`.

export const logLevels = ['error', 'warn', 'info', 'debug'] as const

export type LogLevel = (typeof logLevels)[number]

/** Where a TCP end stands. `port` 1..65535; for a listen address 0 too (any free port). */
export interface Address {
	readonly host: string
	readonly port: number
}

/** Every path is absolute, every default is filled in. */
export interface Config {
	/** The config file itself. */
	readonly file: string
	/** The folder to sync. It need not exist yet. */
	readonly localDir: string
	/** null: no peer is configured, which is enough for `serve`. */
	readonly peer: Address | null
	readonly certs: {readonly cert: string; readonly key: string; readonly peerCert: string}
	readonly server: Address
	readonly debounceMs: number
	readonly mtimeSkewSec: number
	/** Transfers under way at once, 1..64. */
	readonly maxConcurrency: number
	/** gitignore lines, beside `.filesyncignore`. */
	readonly ignore: readonly string[]
	/** 0: no trash. */
	readonly trashDays: number
	/** 100: no limit. */
	readonly maxDeletePercent: number
	readonly rescanIntervalSec: number
	readonly stateDir: string
	readonly logLevel: LogLevel
	/** For a person: what is odd but not wrong. One line each, safe to print. */
	readonly warnings: readonly string[]
}
