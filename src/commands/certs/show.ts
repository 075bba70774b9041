// `filesync certs show`: fingerprint, subject and expiry of this device's and the peer's certificate.
import {reportCertificates, type Shown} from '../../lib/certs/index.js'
import {BaseCommand, errorJson, printError} from '../../lib/cli/index.js'
import {count} from '../../lib/ui/format.js'
import {safeText} from '../../lib/ui/safe.js'

function block(title: string, {file, fingerprint, subject, not_after, days_left, state}: Shown): string {
	const until = not_after.slice(0, 10)
	const expiry = state === 'expired' ? `expired on ${until}` : `valid until ${until} (${count(days_left, 'day')} left)`
	const rows = [
		`file        ${safeText(file)}`,
		`fingerprint ${fingerprint}`,
		`subject     ${safeText(subject)}`,
		`expiry      ${expiry}`,
	]
	return [title, ...rows.map((row) => `  ${row}`)].join('\n')
}

export default class CertsShow extends BaseCommand {
	static override summary = "show own and peer's fingerprint, subject and expiry"
	static override description =
		`Shows the certificates that the config names. Compare each fingerprint with what the other device shows, over another channel.
Without the peer's certificate it shows the own one and exits with 2.`
	static override examples = ['<%= config.bin %> certs show', '<%= config.bin %> certs show --json']

	async run(): Promise<void> {
		const {flags} = await this.parse(CertsShow)
		const report = reportCertificates(this.loadSettings(flags), Date.now())
		for (const warning of report.warnings) this.warning(warning)
		const {own, peers, fault} = report
		const error = fault === undefined ? {} : {error: errorJson(fault)}
		this.present(
			{ok: fault === undefined, own, peers, ...error},
			() => [block('own certificate', own), ...peers.map((peer) => block("peer's certificate", peer))].join('\n\n'),
			fault?.exit,
		)
		if (fault !== undefined && !this.json) printError(fault, false)
	}
}
