// `filesync watch`: syncs whenever either side changes, until it is told to stop.
import * as Flags from '@oclif/core/flags'
import {NodeCommand, nodeFlags} from '../lib/cli/index.js'

export default class Watch extends NodeCommand {
	static override summary = 'sync now and whenever either side changes'
	static override description =
		`Keeps one connection to the peer's filesync serve, syncs at the start and after every change on either side, and reconnects by itself.
While it runs, sync, push, pull, status and top in this folder are handed to it. With --serve it listens for the peer as well.
SIGINT and SIGTERM end it cleanly.`
	static override examples = ['<%= config.bin %> watch', '<%= config.bin %> watch --serve']
	static override flags = {
		serve: Flags.boolean({default: false, summary: 'listen for the peer, too'}),
		'allow-deletes': Flags.boolean({
			default: false,
			summary: 'in the first sync, delete more than max_delete_percent of the files',
		}),
		...nodeFlags,
	}

	async run(): Promise<void> {
		const {flags} = await this.parse(Watch)
		await this.runNode({listen: flags.serve, dial: true}, flags)
	}
}
