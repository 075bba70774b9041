// `filesync serve`: listens for the peer until it is told to stop.
import {Flags} from '@oclif/core'
import {BaseCommand} from '../lib/cli/index.js'
import {serveLevel, serveText} from '../lib/ui/node-lines.js'

export default class Serve extends BaseCommand {
	static override summary = 'listen for the peer'
	static override description =
		`Waits for the peer's sync, push, pull or watch, and prints a line per event. Only the peer whose certificate the config names gets in.
SIGINT and SIGTERM end it cleanly.`
	static override examples = ['<%= config.bin %> serve', '<%= config.bin %> serve --config server.json']
	static override flags = {
		'first-sync': Flags.boolean({
			default: false,
			summary: 'take the folder as it is and unite both sides; nothing is deleted',
		}),
	}

	async run(): Promise<void> {
		const {flags} = await this.parse(Serve)
		const config = this.loadSettings(flags)
		const {serve} = await import('../lib/node/serve.js')
		await serve(config, {firstSync: flags['first-sync']}, this.signal, (event) =>
			this.event(config, event, {text: serveText, level: serveLevel}),
		)
	}
}
