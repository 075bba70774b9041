// The loaded config: the only form in which other modules see `sync_config.json`.

export const logLevels = ['error', 'warn', 'info', 'debug'] as const

export type LogLevel = (typeof logLevels)[number]

/** A TCP address. `port`: 1 to 65535; for a listen address also 0 (any free port). */
export interface Address {
	readonly host: string
	readonly port: number
}

/** All paths are absolute, all defaults filled in. */
export interface Config {
	/** The config file itself. */
	readonly file: string
	/** The folder to sync. It need not exist yet. */
	readonly localDir: string
	/** null: no peer is configured; `serve` needs none. */
	readonly peer: Address | null
	readonly certs: {readonly cert: string; readonly key: string; readonly peerCert: string}
	readonly server: Address
	readonly debounceMs: number
	readonly mtimeSkewSec: number
	/** Concurrent transfers, 1 to 64. */
	readonly maxConcurrency: number
	/** gitignore lines in addition to those in `.filesyncignore`. */
	readonly ignore: readonly string[]
	/** 0: no trash. */
	readonly trashDays: number
	/** 100: no limit. */
	readonly maxDeletePercent: number
	readonly rescanIntervalSec: number
	readonly stateDir: string
	readonly logLevel: LogLevel
	/** What is odd but not wrong. One line each, escaped. */
	readonly warnings: readonly string[]
}
