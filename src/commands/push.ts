// `filesync push`: what a sync would do, as far as it changes the peer.
import {forceFlag, SyncCommand, syncFlags} from '../lib/cli/index.js'

export default class Push extends SyncCommand {
	static override summary = 'send what changed here; change nothing here'
	static override description =
		`Carries out the part of a sync that changes the peer. What changed on the peer waits for the next sync or pull.
What changed on both sides is left alone and reported; with --force this side wins and the peer's content is kept as a conflict copy.`
	static override examples = [
		'<%= config.bin %> push',
		'<%= config.bin %> push --dry-run',
		'<%= config.bin %> push --force',
	]
	static override flags = {...syncFlags, force: forceFlag('this side')}

	async run(): Promise<void> {
		const {flags} = await this.parse(Push)
		await this.runSync('push', flags, flags.force)
	}
}
