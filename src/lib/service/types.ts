// What a service is, what a service manager must be able to do, and what the use-cases answer. Types alone: nothing acts here.

declare const serviceName: unique symbol

/** `filesync` or `filesync-NAME`. Safe in a file name, a unit name and a label. Made by `parseServiceName`. */
export type ServiceName = string & {readonly [serviceName]: true}

export const modes = ['serve', 'watch', 'node'] as const

/** What the service runs: `node` is `watch --serve`, both ends at once. */
export type Mode = (typeof modes)[number]

/** The service managers that a file can be written for. */
export type System = 'systemd' | 'launchd' | 'termux'

/** Everything a service file tells. All paths absolute; no text holds a control character. */
export interface ServiceSpec {
	readonly service: ServiceName
	readonly mode: Mode
	readonly node: string
	readonly script: string
	readonly configFile: string
	/** Variables that the service would not have by itself, in a fixed order. */
	readonly env: Readonly<Record<string, string>>
}

/** A file of a service. One of its first three lines is the marker. */
export interface ServiceFile {
	readonly path: string
	readonly text: string
	/** Permission bits, before the umask. */
	readonly mode: 0o644 | 0o755
}

/** A program to run, in the order given. */
export interface Step {
	readonly argv: readonly [string, ...string[]]
	/** What it means when it fails; `unreachable`: no service manager is there to be asked. `refused` unless given. */
	readonly onFailure?: 'refused' | 'unreachable' | 'ignored'
	/** At most so many runs, `Machine.pauseMs` apart, until one succeeds. 1 unless given. */
	readonly tries?: number
}

/** The step that failed, as a person would type it, and what it said. */
export interface StepFault {
	readonly kind: 'refused' | 'unreachable'
	readonly command: string
	readonly message: string
}

/** How a program that was run ended; `missing`: it could not be started. */
export type Ended =
	| {readonly kind: 'ended'; readonly code: number | null; readonly stdout: string; readonly stderr: string}
	| {readonly kind: 'missing'; readonly message: string}

/** How the files of a service came to be as they are. */
export type Written = 'created' | 'replaced' | 'unchanged'

/** What the manager says of a service. null: it did not say. */
export interface State {
	/** Starts by itself. */
	readonly enabled: boolean | null
	readonly active: boolean | null
	/** The manager's own words. */
	readonly state: string | null
	/** ISO 8601, UTC: since when it has been in this state. */
	readonly since: string | null
	/** Of its last run, when that has ended. */
	readonly exit_code: number | null
	/** Why the manager could not be asked. */
	readonly problem: string | null
}

/** One service of one service manager: pure, from texts to texts. What it names, the use-cases do. */
export interface Manager {
	readonly system: System
	/** The file that makes it a service. */
	readonly file: string
	/** A folder that only the service manager itself makes, and what to do where it is missing. */
	readonly needs: {readonly folder: string; readonly advice: readonly string[]} | null
	/** All its files; `file` is the last: once it stands the manager may act. */
	files(spec: ServiceSpec): readonly ServiceFile[]
	/** Its files without `file`. */
	readonly parts: readonly string[]
	/** What the manager made for this service: removed with its files. */
	readonly leftovers: readonly string[]
	/** Folders of this service alone, inner ones first: removed when they are empty. */
	readonly folders: readonly string[]
	/** Makes it start by itself, and (`now`) start at once. */
	start(written: Written, now: boolean): readonly Step[]
	/** True when a service that was not started now starts by itself later. */
	readonly startsLater: boolean
	/** Before its files are removed. */
	readonly stop: readonly Step[]
	/** After its files were removed. */
	readonly forget: readonly Step[]
	/** What a person can still do when `stop` could not be done and the files are gone. */
	readonly stopByHand: readonly string[]
	readonly look: Step
	/** What the answer to `look` says. `nowMs`: milliseconds since 1970. */
	read(answer: Ended, nowMs: number): State
	/** The command that shows the log. */
	readonly log: string
	/** What a person may want to do besides, one a line. */
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

/** `service install --print`. */
export interface PrintResult extends Chosen {
	readonly ok: true
	readonly files: readonly {readonly path: string; readonly text: string}[]
}

/** `service install`. `ok` is false when the service manager was there and refused. */
export interface InstallResult extends Chosen {
	readonly ok: boolean
	readonly written: Written
	readonly enabled: boolean
	/** Its start was asked for and not refused. */
	readonly started: boolean
	/** Whether it ran a little later; null: not started, or the manager did not say. */
	readonly active: boolean | null
	/** With which it has ended since, when the manager says so. */
	readonly exit_code: number | null
	readonly log: string
	readonly problem: StepFault | null
	/** Commands that are left to run, in this order. */
	readonly next: readonly string[]
	readonly hints: readonly string[]
	readonly warnings: readonly string[]
}

/** `service uninstall`. `system` and `file` are null where FileSync knows no service manager. */
export interface UninstallResult {
	readonly ok: boolean
	readonly service: ServiceName
	readonly system: System | null
	readonly file: string | null
	readonly removed: boolean
	/** What stays although it is in folders of the service: FileSync did not write it. */
	readonly kept: readonly string[]
	readonly problem: StepFault | null
	readonly next: readonly string[]
}

/** `service status`. */
export interface ServiceStatus extends State {
	readonly ok: true
	readonly service: ServiceName
	readonly system: System | null
	readonly file: string | null
	readonly installed: boolean
	/** A file stands there that FileSync did not write. */
	readonly foreign: boolean
	readonly log: string | null
}
