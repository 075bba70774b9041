// `filesync service status`: is it installed, does it run, where is its log.
import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../../lib/cli/index.js'
import {serviceStatus, statusLines, thisMachine} from '../../lib/service/index.js'
import {safeText} from '../../lib/ui/safe.js'

export default class ServiceStatusCommand extends BaseCommand {
	static override summary = 'show whether the service is installed and runs'
	static override description =
		`Shows what the system's service manager says of the service, and the command that shows its log. Whether the folder is in sync shows filesync status.`
	static override examples = [
		'<%= config.bin %> service status',
		'<%= config.bin %> service status --name photos --json',
	]
	static override flags = {
		name: Flags.string({char: 'n', summary: 'the name that it was installed with', helpValue: 'NAME'}),
	}

	async run(): Promise<void> {
		const {flags} = await this.parse(ServiceStatusCommand)
		const status = await serviceStatus(flags.name, thisMachine(this.env), Date.now(), this.signal)
		this.present(status, () => statusLines(status).map(safeText).join('\n'))
	}
}
