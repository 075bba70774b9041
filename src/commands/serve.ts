// `filesync serve`: listens for the peer until it is told to stop.
import * as Flags from '@oclif/core/flags'
import {NodeCommand, nodeFlags} from '../lib/cli/index.js'

export default class Serve extends NodeCommand {
	static override summary = 'listen for the peer'
	static override description =
		`Waits for the peer's sync, push, pull or watch, and prints a line per event. Only the peer whose certificate the config names gets in.
While it runs, sync, push, pull, status and top in this folder are handed to it. With --watch it dials the peer as well.
SIGINT and SIGTERM end it cleanly.`
	static override examples = [
		'<%= config.bin %> serve',
		'<%= config.bin %> serve --watch',
		'<%= config.bin %> serve --config server.json',
	]
	static override flags = {
		watch: Flags.boolean({default: false, summary: 'dial the peer, too, and sync whenever either side changes'}),
		...nodeFlags,
	}

	async run(): Promise<void> {
		const {flags} = await this.parse(Serve)
		await this.runNode({listen: true, dial: flags.watch}, flags)
	}
}
