// `filesync sync`: one two-way sync, then exit.
import {SyncCommand, syncFlags} from '../lib/cli/index.js'

export default class Sync extends SyncCommand {
	static override summary = 'sync both ways once'
	static override description = `Compares both folders with what they last agreed on and makes them the same.
Where a file changed on both sides the newer keeps its name, and the other is kept as a conflict copy.
Exits with 0 when both sides agree, 1 when some paths could not be handled, 3 when the peer cannot be reached, 5 when it stopped for safety.`
	static override examples = [
		'<%= config.bin %> sync',
		'<%= config.bin %> sync --dry-run',
		'<%= config.bin %> sync --quiet   # from cron',
		'<%= config.bin %> sync --json',
	]
	static override flags = syncFlags

	async run(): Promise<void> {
		const {flags} = await this.parse(Sync)
		await this.runSync('both', flags, false)
	}
}
