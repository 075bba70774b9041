// `filesync pull`: what a sync would do, as far as it changes this side.
import {forceFlag, SyncCommand, syncFlags} from '../lib/cli/index.js'

export default class Pull extends SyncCommand {
	static override summary = 'fetch what changed on the peer; change nothing there'
	static override description =
		`Carries out the part of a sync that changes this side. What changed here waits for the next sync or push.
What changed on both sides is left alone and reported; with --force the peer wins and this side's content is kept as a conflict copy.`
	static override examples = [
		'<%= config.bin %> pull',
		'<%= config.bin %> pull --dry-run',
		'<%= config.bin %> pull --force',
	]
	static override flags = {...syncFlags, force: forceFlag('the peer')}

	async run(): Promise<void> {
		const {flags} = await this.parse(Pull)
		await this.runSync('pull', flags, flags.force)
	}
}
