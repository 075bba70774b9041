// `filesync watch`: syncs whenever either side changes, until it is told to stop.
import {Flags} from '@oclif/core'
import {BaseCommand} from '../lib/cli/index.js'
import {watchLevel, watchText} from '../lib/ui/node-lines.js'

export default class Watch extends BaseCommand {
	static override summary = 'sync now and whenever either side changes'
	static override description =
		`Keeps one connection to the peer's filesync serve, syncs at the start and after every change on either side, and reconnects by itself.
SIGINT and SIGTERM end it cleanly.`
	static override examples = ['<%= config.bin %> watch']
	static override flags = {
		'allow-deletes': Flags.boolean({
			default: false,
			summary: 'in the first sync, delete more than max_delete_percent of the files',
		}),
		'first-sync': Flags.boolean({
			default: false,
			summary: 'take the folder as it is and unite both sides; nothing is deleted',
		}),
	}

	async run(): Promise<void> {
		const {flags} = await this.parse(Watch)
		const config = this.loadSettings(flags)
		const {watch} = await import('../lib/node/watch.js')
		const options = {firstSync: flags['first-sync'], allowDeletes: flags['allow-deletes']}
		await watch(config, options, this.signal, (event) =>
			this.event(config, event, {text: watchText, level: watchLevel}),
		)
	}
}
