// `filesync status`: the state of config, certificates, index, peer and clocks, on one screen.
import * as Flags from '@oclif/core/flags'
import {BaseCommand, printError} from '../lib/cli/index.js'
import {FileSyncError} from '../lib/errors/index.js'
import {statusText} from '../lib/ui/status.js'

export default class Status extends BaseCommand {
	static override summary = 'show folder, certificates, index, peer, and what a sync would do'
	static override description =
		`Asks the peer for a dry run, so what is to be pushed, pulled, deleted or in conflict is what a sync would do now. Changes nothing on either side.`
	static override examples = [
		'<%= config.bin %> status',
		'<%= config.bin %> status --offline',
		'<%= config.bin %> status --json',
	]
	static override flags = {
		offline: Flags.boolean({default: false, summary: 'do not ask the peer'}),
	}

	async run(): Promise<void> {
		const {flags} = await this.parse(Status)
		const config = this.loadSettings(flags)
		const {status} = await import('../lib/node/status/status.js')
		const result = await status(config, flags, this.signal)
		const {error} = result
		const fault = error === null ? undefined : new FileSyncError(error.code, error.message, error.try)
		this.present(result, () => statusText(result, Date.now()), fault?.exit ?? (result.ok ? 0 : 1))
		if (fault !== undefined && !this.json) printError(fault, false)
	}
}
