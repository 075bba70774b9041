// `filesync service uninstall`: stops the service and takes it away.
import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../../lib/cli/index.js'
import {problemText, thisMachine, uninstallLines, uninstallService} from '../../lib/service/index.js'
import {safeText} from '../../lib/ui/safe.js'

export default class ServiceUninstall extends BaseCommand {
	static override summary = 'stop the service and remove it'
	static override description =
		`Stops and disables the service and removes its file, if FileSync wrote it. Config, certificates, index and the folder stay.`
	static override examples = [
		'<%= config.bin %> service uninstall',
		'<%= config.bin %> service uninstall --name photos',
	]
	static override flags = {
		name: Flags.string({char: 'n', summary: 'the name that it was installed with', helpValue: 'NAME'}),
	}

	async run(): Promise<void> {
		const {flags} = await this.parse(ServiceUninstall)
		const result = await uninstallService(flags.name, thisMachine(this.env), this.signal)
		if (result.problem !== null) this.warning(`it may still run (${problemText(result.problem)})`)
		this.present(result, () => uninstallLines(result).map(safeText).join('\n'), result.ok ? 0 : 1)
	}
}
