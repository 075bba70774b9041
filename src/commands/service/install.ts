// `filesync service install`: lets the system start FileSync by itself.
import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../../lib/cli/index.js'
import {installLines, installService, modes, notStarted, printService, thisMachine} from '../../lib/service/index.js'
import {safeText} from '../../lib/ui/safe.js'

export default class ServiceInstall extends BaseCommand {
	static override summary = 'start FileSync by itself, as a service of this user'
	static override description =
		`Writes a systemd user unit (Linux), a launchd agent (macOS) or a service of termux-services (Termux) that runs this very program with this very config, then enables and starts it.
It restarts after failures, but not where someone must look (exit codes 2 and 4; launchd cannot tell them apart). It never overwrites a file without --force.`
	static override examples = [
		'<%= config.bin %> service install',
		'<%= config.bin %> service install --mode serve --config ~/.config/filesync/sync_config.json',
		'<%= config.bin %> service install --name photos --config ~/photos.json   (one more, for another folder)',
		'<%= config.bin %> service install --print',
	]
	static override flags = {
		mode: Flags.option({
			summary: 'what it runs; node is watch --serve. Unless given: watch when the config names a peer, else serve',
			options: modes,
		})(),
		name: Flags.string({char: 'n', summary: 'makes it filesync-NAME: one service for each folder', helpValue: 'NAME'}),
		print: Flags.boolean({default: false, summary: 'only print the file; nothing is written or started'}),
		force: Flags.boolean({default: false, char: 'f', summary: 'replace an existing file'}),
		'no-start': Flags.boolean({default: false, summary: 'do not start it now'}),
	}

	async run(): Promise<void> {
		const {flags} = await this.parse(ServiceInstall)
		const order = {config: this.loadSettings(flags), name: flags.name, mode: flags.mode}
		const machine = thisMachine(this.env)
		if (flags.print) {
			const print = printService(order, machine)
			if (this.json) this.present(print, '')
			// Printed as it is: wrapping would break the file. It holds no control characters.
			else process.stdout.write(print.files.find(({path}) => path === print.file)?.text ?? '')
			return
		}
		const choice = {...order, force: flags.force, start: !flags['no-start']}
		const result = await installService(choice, machine, this.signal)
		for (const warning of result.warnings) this.warning(warning)
		if (result.problem !== null) this.warning(notStarted(result.problem))
		this.present(result, () => installLines(result).map(safeText).join('\n'), result.ok ? 0 : 1)
	}
}
