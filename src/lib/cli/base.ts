// What every command shares: global flags, config, abort signal, and how it prints its result.
// A command parses its flags, makes one call, presents the result and returns.
import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import type * as Interfaces from '@oclif/core/interfaces'
import {type Config, type Env, loadConfig, type Place} from '../config/index.js'
import type {ExitCode, Warning} from '../errors/index.js'
import type {WorkerPool} from '../node/start/head-start.js'
import {usageFault} from './faults.js'
import {OwnConfig} from './oclif/oclif.js'
import {printJson, printNote, printText, printWarning, wantsJson} from './output.js'
import {shutdown} from './shutdown.js'

const helpGroup = 'GLOBAL'

export abstract class BaseCommand extends Command {
	static override baseFlags = {
		config: Flags.string({
			char: 'c',
			summary: 'config file',
			helpValue: 'FILE',
			helpGroup,
		}),
		json: Flags.boolean({summary: 'print one JSON object', helpGroup}),
		debug: Flags.boolean({summary: 'show the stack of an internal error', helpGroup, hidden: true}),
		help: Flags.help({char: 'h', description: 'show this help', helpGroup}),
	}

	/** Uses the config that the program has loaded; oclif's own `run` would load it again. */
	static override async run<T extends Command>(
		this: new (
			argv: string[],
			config: OwnConfig,
		) => T,
		argv?: string[],
		options?: Interfaces.LoadOptions,
	): Promise<ReturnType<T['run']>> {
		if (!(options instanceof OwnConfig)) throw new TypeError('a command runs by a loaded config')
		const command: Command = new this(argv ?? [], options)
		return (command as BaseCommand)._run()
	}

	/** Aborted when the user or the system asks the process to end. */
	protected get signal(): AbortSignal {
		return shutdown().signal
	}

	/** A worker pool whose scanning thread was started before this command was parsed; undefined: none was. */
	protected get headStart(): WorkerPool | undefined {
		return this.config instanceof OwnConfig ? this.config.headStart : undefined
	}

	/** True under `--json`. */
	protected get json(): boolean {
		return wantsJson(this.argv)
	}

	protected get env(): Env {
		return process.env
	}

	protected place(flag: string | undefined): Place {
		return {flag, env: this.env, cwd: process.cwd()}
	}

	/** Loads the config that `--config` (or its absence) names and prints its warnings. */
	protected loadSettings(flags: {readonly config?: string | undefined}): Config {
		const config = loadConfig(this.place(flags.config))
		for (const warning of config.warnings) this.warning(warning)
		return config
	}

	/**
	 * Prints `result` as JSON, or `text`, which must be escaped already. `code` becomes the exit code once the command has
	 * returned.
	 */
	protected present(result: object, text: string | (() => string), code: ExitCode = 0): void {
		if (this.json) printJson(result)
		else printText(typeof text === 'string' ? text : text())
		process.exitCode = code
	}

	/** Prints a line on stderr; nothing under `--json`. `text` must be escaped already. */
	protected note(text: string): void {
		if (!this.json) printNote(text)
	}

	/** Prints a warning on stderr, also under `--json`. */
	protected warning(warning: Warning | string): void {
		printWarning(typeof warning === 'string' ? {message: warning, advice: []} : warning)
	}

	protected override async init(): Promise<void> {
		await super.init()
		shutdown()
	}

	// oclif's own handler sets exit codes and prints JSON of another shape; `main` does both instead.
	protected override catch(error: Error): Promise<never> {
		const flags = {...this.ctor.baseFlags, ...this.ctor.flags}
		return Promise.reject(usageFault(error, (this.id ?? '').replaceAll(':', ' '), this.argv, flags))
	}

	protected override async finally(error: Error | undefined): Promise<void> {
		await super.finally(error)
		shutdown().dispose()
	}
}
