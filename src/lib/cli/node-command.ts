// What `serve` and `watch` share: the flags of a node, and a line on stdout for each of its events.
import * as Flags from '@oclif/core/flags'
import {type Config, type LogLevel, logLevels} from '../config/index.js'
import {logLine} from '../ui/log-line.js'
import {serveLevel, serveText, watchLevel, watchText} from '../ui/node-lines.js'
import {BaseCommand} from './base.js'
import {printJsonLine, printText} from './output.js'

export const nodeFlags = {
	'first-sync': Flags.boolean({
		default: false,
		summary: 'take the folder as it is and unite both sides; nothing is deleted',
	}),
	'log-format': Flags.string({
		options: ['text', 'json'],
		default: 'text',
		summary: 'a line per event as text, or as a JSON object with time and level',
	}),
}

interface GivenFlags {
	readonly config: string | undefined
	readonly 'first-sync': boolean
	readonly 'allow-deletes'?: boolean
	readonly 'log-format': string
}

export abstract class NodeCommand extends BaseCommand {
	protected async runNode(roles: {readonly listen: boolean; readonly dial: boolean}, flags: GivenFlags): Promise<void> {
		const config = this.loadSettings(flags)
		const {runNode} = await import('../node/use/run-node.js')
		const options = {firstSync: flags['first-sync'], allowDeletes: flags['allow-deletes'] === true}
		const asJson = flags['log-format'] === 'json' && !this.json
		await runNode(
			config,
			roles,
			options,
			this.signal,
			{
				onServe: (event) => this.#say(config, asJson, event, serveText(event), serveLevel(event)),
				onWatch: (event) => this.#say(config, asJson, event, watchText(event), watchLevel(event)),
			},
			this.headStart,
		)
	}

	/** Leaves out events below the config's `log_level`. */
	#say(config: Config, asLog: boolean, event: object, text: string, level: LogLevel): void {
		if (!isSaid(config, level)) return
		if (this.json) printJsonLine(event)
		else if (!asLog) printText(text)
		else if (text !== '') printJsonLine(logLine(level, text, event, new Date()))
	}
}

const isSaid = (config: Config, level: LogLevel): boolean =>
	logLevels.indexOf(level) <= logLevels.indexOf(config.logLevel)
