// `filesync top`: the live view of the node of this config; it runs one inside when none does.
import * as Flags from '@oclif/core/flags'
import {BaseCommand, showTop} from '../lib/cli/index.js'

export default class Top extends BaseCommand {
	static override summary = 'watch a node at work, full screen'
	static override description =
		`Shows link, rates, transfers, conflicts, problems and the log of the running serve or watch of this config, and runs a node itself while none does.
Off a terminal it prints one plain frame; under --json one object a second.
Keys: s sync now, p pause, c clear log, / filter, j k scroll, tab panel, ? help, q quit.`
	static override examples = [
		'<%= config.bin %> top',
		'<%= config.bin %> top --once',
		'<%= config.bin %> top --json | jq .link.state',
	]
	static override flags = {
		once: Flags.boolean({default: false, summary: 'print one plain frame and exit'}),
	}

	async run(): Promise<void> {
		const {flags} = await this.parse(Top)
		const config = this.loadSettings(flags)
		await showTop(config, {once: flags.once, json: this.json}, this.signal)
	}
}
