// A service, the interface of service managers, and the results of the `service` commands. Types only.

declare const serviceName: unique symbol

/** `filesync` or `filesync-NAME`. Safe in a file name, a unit name and a label. Made by `parseServiceName`. */
export type ServiceName = string & {readonly [serviceName]: true}

export const modes = ['serve', 'watch', 'node'] as const

/** What the service runs. `node`: `watch --serve`. */
export type Mode = (typeof modes)[number]

/** The supported service managers. */
export type System = 'systemd' | 'launchd' | 'termux'

/** The content of a service file. All paths are absolute; no text contains a control character. */
export interface ServiceSpec {
	readonly service: ServiceName
	readonly mode: Mode
	readonly node: string
	readonly script: string
	readonly configFile: string
	/** Variables that a service manager would not set, in a fixed order. */
	readonly env: Readonly<Record<string, string>>
}

/** A file of a service. The marker is in one of its first three lines. */
export interface ServiceFile {
	readonly path: string
	readonly text: string
	/** Permission bits before the umask. */
	readonly mode: 0o644 | 0o755
}

/** A program to run. */
export interface Step {
	readonly argv: readonly [string, ...string[]]
	/** What its failure means; `unreachable`: no service manager answers. Default: `refused`. */
	readonly onFailure?: 'refused' | 'unreachable' | 'ignored'
	/** Tries at most, `Machine.pauseMs` apart, until one succeeds. Default: 1. */
	readonly tries?: number
}

/** The failed step as typed in a shell, and its output. */
export interface StepFault {
	readonly kind: 'refused' | 'unreachable'
	readonly command: string
	readonly message: string
}

/** How a program ended; `missing`: it could not be started. */
export type Ended =
	| {readonly kind: 'ended'; readonly code: number | null; readonly stdout: string; readonly stderr: string}
	| {readonly kind: 'missing'; readonly message: string}

/** What was done with the files of a service. */
export type Written = 'created' | 'replaced' | 'unchanged'

/** The manager's view of a service. null: unknown. */
export interface State {
	/** It starts at boot or login. */
	readonly enabled: boolean | null
	readonly active: boolean | null
	/** In the manager's words. */
	readonly state: string | null
	/** ISO 8601, UTC: when this state began. */
	readonly since: string | null
	/** Exit code of its last run, if that has ended. */
	readonly exit_code: number | null
	/** Why the manager does not answer. */
	readonly problem: string | null
}

/** One service under one service manager. Pure: describes files and steps, which the commands carry out. */
export interface Manager {
	readonly system: System
	/** The main file: without it there is no service. */
	readonly file: string
	/** A folder that the service manager itself makes, and advice if it is missing. */
	readonly needs: {readonly folder: string; readonly advice: readonly string[]} | null
	/** All its files; `file` comes last, because the manager may act as soon as it exists. */
	files(spec: ServiceSpec): readonly ServiceFile[]
	/** Its files except `file`. */
	readonly parts: readonly string[]
	/** Files that the manager made for this service; removed with its own. */
	readonly leftovers: readonly string[]
	/** Folders of this service only, inner ones first; removed if they are empty. */
	readonly folders: readonly string[]
	/** Steps that enable it, and (`now`) start it. */
	start(written: Written, now: boolean): readonly Step[]
	/** True if an enabled service that was not started now starts by itself later. */
	readonly startsLater: boolean
	/** Steps before its files are removed. */
	readonly stop: readonly Step[]
	/** Steps after its files were removed. */
	readonly forget: readonly Step[]
	/** Commands that are left for the user if `stop` failed and the files are removed. */
	readonly stopByHand: readonly string[]
	readonly query: Step
	/** Parses the output of `query`. `nowMs`: milliseconds since 1970. */
	read(answer: Ended, nowMs: number): State
	/** The command that shows the log. */
	readonly log: string
	/** Further advice, one per line. */
	readonly hints: readonly string[]
}

interface Chosen {
	readonly service: ServiceName
	readonly system: System
	readonly mode: Mode
	readonly mode_from: 'flag' | 'config'
	readonly config: string
	readonly file: string
}

/** Result of `service install --print`. */
export interface PrintResult extends Chosen {
	readonly ok: true
	readonly files: readonly {readonly path: string; readonly text: string}[]
}

/** Result of `service install`. `ok` is false if the service manager refused. */
export interface InstallResult extends Chosen {
	readonly ok: boolean
	readonly written: Written
	readonly enabled: boolean
	/** Its start was requested and not refused. */
	readonly started: boolean
	/** Whether it ran shortly after; null: not started, or unknown. */
	readonly active: boolean | null
	/** The exit code if it has ended since; null: unknown. */
	readonly exit_code: number | null
	readonly log: string
	readonly problem: StepFault | null
	/** Commands that are left for the user, in order. */
	readonly next: readonly string[]
	readonly hints: readonly string[]
	readonly warnings: readonly string[]
}

/** Result of `service uninstall`. `system` and `file` are null without a supported service manager. */
export interface UninstallResult {
	readonly ok: boolean
	readonly service: ServiceName
	readonly system: System | null
	readonly file: string | null
	readonly removed: boolean
	/** Paths that are left in folders of the service, because FileSync did not write them. */
	readonly kept: readonly string[]
	readonly problem: StepFault | null
	readonly next: readonly string[]
}

/** Result of `service status`. */
export interface ServiceStatus extends State {
	readonly ok: true
	readonly service: ServiceName
	readonly system: System | null
	readonly file: string | null
	readonly installed: boolean
	/** A file that FileSync did not write has the service's name. */
	readonly foreign: boolean
	readonly log: string | null
}
