// `filesync init`: writes a config file.
import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../lib/cli/index.js'
import {canAsk} from '../lib/cli/init/prompt.js'
import {ask, defaultCerts, nextSteps} from '../lib/cli/init/questions.js'
import {assertNoConfig, expandPath, newConfigFile, parseAddress, writeConfig} from '../lib/config/index.js'
import {FileSyncError} from '../lib/errors/index.js'
import {safeText} from '../lib/ui/safe.js'

export default class Init extends BaseCommand {
	static override summary = 'write a config file'
	static override description =
		`Writes sync_config.json: to --config FILE, else to the file that FILESYNC_CONFIG names, else into the working folder.
On a terminal it asks for the folder, if it is not given, and then for the peer's address. It never overwrites a file without --force.`
	static override examples = [
		'<%= config.bin %> init --dir ~/Sync --peer 192.168.1.20',
		'<%= config.bin %> init --dir ~/Sync --listen 0.0.0.0:5555 --config ~/.config/filesync/sync_config.json',
	]
	static override flags = {
		dir: Flags.string({char: 'd', summary: 'folder to sync', helpValue: 'DIR'}),
		peer: Flags.string({
			char: 'p',
			summary: 'where the peer listens (port 5555 unless given)',
			helpValue: 'HOST[:PORT]',
		}),
		listen: Flags.string({summary: 'where this device listens', helpValue: 'HOST:PORT', default: '0.0.0.0:5555'}),
		cert: Flags.string({summary: "this device's certificate", helpValue: 'FILE'}),
		key: Flags.string({summary: "this device's private key", helpValue: 'FILE'}),
		'peer-cert': Flags.string({summary: "the peer's certificate", helpValue: 'FILE'}),
		force: Flags.boolean({default: false, char: 'f', summary: 'replace an existing config file'}),
	}

	async run(): Promise<void> {
		const {flags} = await this.parse(Init)
		const place = this.place(flags.config)
		const file = newConfigFile(place)
		if (!flags.force) assertNoConfig(file)
		// --dir is enough: a device that only listens has no peer to dial.
		const asks = canAsk() && !this.json && flags.dir === undefined
		const {dir, peer} = asks ? await ask(flags, place, this.signal) : flags
		if (dir === undefined || dir === '')
			throw new FileSyncError('USAGE', '--dir is missing; it wants the folder to sync', ['filesync init --dir ~/Sync'])

		const path = (text: string): string => expandPath(text, place.cwd, place.env)
		const address = peer === undefined ? null : parseAddress(peer, '--peer')
		const certs = defaultCerts(address?.host, place.env)
		const config = writeConfig(
			file,
			{
				localDir: path(dir),
				peer: address,
				server: parseAddress(flags.listen, '--listen', 0),
				certs: {
					cert: flags.cert === undefined ? certs.cert : path(flags.cert),
					key: flags.key === undefined ? certs.key : path(flags.key),
					peerCert: flags['peer-cert'] === undefined ? certs.peerCert : path(flags['peer-cert']),
				},
			},
			{force: flags.force, env: place.env},
		)
		for (const warning of config.warnings) this.warning(warning)
		const next = nextSteps(config, place)
		this.present(
			{
				ok: true,
				file: config.file,
				local_dir: config.localDir,
				peer: config.peer,
				server: config.server,
				certs: {cert: config.certs.cert, key: config.certs.key, peer_cert: config.certs.peerCert},
				next,
			},
			() =>
				[`Wrote ${safeText(config.file)}`, 'Next, on this device:', ...next.map((step) => `  ${safeText(step)}`)].join(
					'\n',
				),
		)
	}
}
