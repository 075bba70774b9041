// `filesync certs gen`: makes this device's certificate and key.
import * as Flags from '@oclif/core/flags'
import {
	choosePair,
	copyAdvice,
	defaultDays,
	defaultType,
	generateCertificate,
	longestDays,
} from '../../lib/certs/index.js'
import {BaseCommand} from '../../lib/cli/index.js'
import {expandPath} from '../../lib/config/index.js'
import {safeText} from '../../lib/ui/safe.js'

export default class CertsGen extends BaseCommand {
	static override summary = "make this device's certificate and key"
	static override description =
		`Writes NAME.cert and NAME.key (readable by you alone) and prints the certificate's SHA-256 fingerprint.
Copy the certificate, never the key, to the peer. Needs no openssl. It never overwrites without --force, and then keeps the old pair as .old.
With --config it makes the pair that this config names, unless --name or --out say otherwise.`
	static override examples = [
		'<%= config.bin %> certs gen',
		'<%= config.bin %> certs gen --name laptop --out ~/sync-certs --days 3650',
		'<%= config.bin %> certs gen --config one.json',
	]
	static override flags = {
		name: Flags.string({
			char: 'n',
			summary: "name in the certificate and of the files (this host's name unless given)",
			helpValue: 'N',
		}),
		out: Flags.string({char: 'o', summary: 'folder to write to (~/sync-certs unless given)', helpValue: 'DIR'}),
		days: Flags.integer({summary: 'how long the certificate is valid', default: defaultDays, min: 1, max: longestDays}),
		type: Flags.option({
			summary: 'kind of key: EC P-256 or RSA 2048',
			options: ['ec', 'rsa'] as const,
			default: defaultType,
		})(),
		force: Flags.boolean({default: false, char: 'f', summary: 'replace an existing pair'}),
	}

	async run(): Promise<void> {
		const {flags} = await this.parse(CertsGen)
		const {config, name, out, type, days, force} = flags
		const outDir = out === undefined ? undefined : expandPath(out, process.cwd(), this.env)
		const settings = config === undefined ? undefined : this.loadSettings(flags)
		const pair = choosePair({name, outDir}, settings, this.env)
		const made = await generateCertificate({...pair, type, days, force})
		for (const warning of made.warnings) this.warning(warning)
		this.present(
			{
				ok: true,
				name: made.commonName,
				type,
				cert: made.certFile,
				key: made.keyFile,
				fingerprint: made.fingerprint,
				not_after: made.notAfter.toISOString(),
				kept: made.kept,
			},
			() =>
				[
					`Certificate: ${safeText(made.certFile)}`,
					`Private key: ${safeText(made.keyFile)}`,
					`SHA-256 fingerprint: ${made.fingerprint}`,
					`Valid until: ${made.notAfter.toISOString().slice(0, 10)}`,
					...made.kept.map((file) => `Kept: ${safeText(file)}`),
					safeText(copyAdvice(made.certFile)),
				].join('\n'),
		)
	}
}
