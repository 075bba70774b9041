// What scripts rely on, with the real program as a child process: streams, JSON, exit codes.
import assert from 'node:assert/strict'
import {mkdirSync, readFileSync, rmSync} from 'node:fs'
import {Folder} from '../config/folder.js'
import {bin, type Outcome, type RunOptions, run} from './run.js'

/** stdout as the one JSON object that it must be. */
function json(outcome: Outcome): Record<string, unknown> {
	const value: unknown = JSON.parse(outcome.stdout)
	assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value))
	return {...value}
}

describe('cli: contract', () => {
	let folder: Folder
	before(() => {
		folder = new Folder()
		mkdirSync(folder.at('home'))
		mkdirSync(folder.at('work'))
	})
	after(() => folder.remove())

	const filesync = (args: string[], options: RunOptions = {}) =>
		run(args, {
			cwd: folder.at('work'),
			...options,
			env: {HOME: folder.at('home'), USERPROFILE: folder.at('home'), XDG_CONFIG_HOME: folder.at('xdg'), ...options.env},
		})

	describe('help and version', () => {
		const rows: [string[], RegExp][] = [
			[[], /COMMANDS[\s\S]*\binit\b/],
			[['--help'], /COMMANDS/],
			[['-h'], /COMMANDS/],
			[['help'], /COMMANDS/],
			[['help', 'init'], /--dir=DIR/],
			[['init', '--help'], /--dir=DIR/],
			[['init', '-h'], /--dir=DIR/],
			[['help', 'certs', 'gen'], /--type=/],
			[['certs'], /certs gen/],
			[['certs', '--help'], /certs show/],
			[['--version'], /^filesync \d+\.\d+\.\d+ \(.*, node v\d+\.\d+\.\d+\)\n$/],
			[['-v'], /^filesync \d/],
			[['version'], /^filesync \d/],
		]
		for (const [args, expected] of rows)
			it(`filesync ${args.join(' ')}`, async () => {
				const {code, stdout, stderr} = await filesync(args)
				assert.deepEqual({code, stderr}, {code: 0, stderr: ''})
				assert.match(stdout, expected)
				assert.ok(!stdout.includes('\u001b'), 'no colours into a pipe')
			})

		it('NO_COLOR wins over FORCE_COLOR', async () => {
			const {stdout} = await filesync(['--help'], {env: {NO_COLOR: '1', FORCE_COLOR: '1'}})
			assert.ok(!stdout.includes('\u001b'))
		})

		it('a reader that goes away is no failure', async () => {
			const {code, stderr} = await filesync(['--help'], {closeStdout: true})
			assert.deepEqual({code, stderr}, {code: 0, stderr: ''})
		})
	})

	describe('errors', () => {
		const rows: [string, string[], number, string, RegExp][] = [
			['an unknown command', ['inti'], 2, 'USAGE', /unknown command "inti"; did you mean "init"\?/],
			[
				'an unknown subcommand',
				['certs', 'shwo'],
				2,
				'USAGE',
				/unknown command "certs shwo"; did you mean "certs show"\?/,
			],
			['an escape in a command', ['\u001b[2J'], 2, 'USAGE', /^\P{Cc}*$/u],
			[
				'an unknown option',
				['init', '--forse'],
				2,
				'USAGE',
				/unknown option --forse for "init"; did you mean --force\?/,
			],
			['an unknown short option', ['certs', 'gen', '-z'], 2, 'USAGE', /unknown option -z for "certs gen"/],
			['an option before the command', ['--force', 'init'], 2, 'USAGE', /option --force stands before the command/],
			['a superfluous argument', ['init', 'here'], 2, 'USAGE', /"init" takes no argument; found "here"/],
			['a superfluous argument behind options', ['certs', 'gen', '--force', 'here'], 2, 'USAGE', /here/],
			[
				'an option without value',
				['init', '--dir'],
				2,
				'USAGE',
				/--dir has no value; it wants DIR, the folder to sync$/,
			],
			['an option in place of a value', ['init', '--dir', '--force'], 2, 'USAGE', /--dir has no value; it wants DIR/],
			[
				'an option twice',
				['init', '--dir', 'a', '-d', 'b'],
				2,
				'USAGE',
				/--dir stands there twice; it wants one value$/,
			],
			['a value for a switch', ['init', '--force=yes'], 2, 'USAGE', /--force takes no value; found "yes"$/],
			[
				'no number',
				['certs', 'gen', '--days', 'abc'],
				2,
				'USAGE',
				/--days is "abc"; it wants a whole number from 1 to 36500$/,
			],
			['a number out of range', ['certs', 'gen', '--days=0'], 2, 'USAGE', /--days is "0"; it wants .* 1 to 36500$/],
			['an unknown choice', ['certs', 'gen', '--type', 'dsa'], 2, 'USAGE', /--type is "dsa"; it wants one of ec, rsa$/],
			[
				'a log of a kind',
				['serve', '--log-format', 'xml'],
				2,
				'USAGE',
				/--log-format is "xml"; it wants one of text, json$/,
			],
			['a singular', ['cert', 'gen'], 2, 'USAGE', /unknown command "cert"; did you mean "certs gen"\?/],
			[
				'a word too long',
				['certs', 'generate'],
				2,
				'USAGE',
				/unknown command "certs generate"; did you mean "certs gen"\?/,
			],
			['the beginning of a command', ['stat'], 2, 'USAGE', /did you mean "status"\?/],
			[
				'the beginning of an option',
				['sync', '--dry'],
				2,
				'USAGE',
				/unknown option --dry for "sync"; did you mean --dry-run\?/,
			],
			['the version of a command', ['sync', '--version'], 2, 'USAGE', /"sync" has no option --version/],
			...(['sync', 'push', 'pull'] as const).map((command): [string, string[], number, string, RegExp] => [
				`quiet and verbose in one ${command}`,
				[command, '-q', '--verbose'],
				2,
				'USAGE',
				/--quiet and --verbose contradict each other; give one of them$/,
			]),
			['a bad name', ['certs', 'gen', '--name', '../x'], 2, 'USAGE', /"\.\.\/x" cannot be used/],
			['init without a folder, no terminal', ['init'], 2, 'USAGE', /--dir is missing/],
			[
				'init with a bad peer',
				['init', '--dir', 'd', '--peer', 'a:b:c'],
				2,
				'USAGE',
				/--peer "a:b:c" is not an address/,
			],
			['no config', ['certs', 'show'], 2, 'CONFIG_MISSING', /no config file/],
			['a missing config', ['certs', 'show', '-c', 'gone.json'], 2, 'CONFIG_MISSING', /gone\.json does not exist/],
			[
				'a bad config',
				['certs', 'show', '--config', '../bad.json'],
				2,
				'CONFIG_INVALID',
				/bad\.json.*line 1, column 2/,
			],
			[
				'missing certificates',
				['certs', 'show', '--config', '../least.json'],
				2,
				'CERT_MISSING',
				/certificate .*x\.cert does not exist/,
			],
		]
		before(() => {
			folder.write('bad.json', '{')
			folder.write(
				'least.json',
				JSON.stringify({local_dir: 'd', certs: {cert: 'x.cert', key: 'x.key', peer_cert: 'y'}}),
			)
		})
		for (const [name, args, expected, errorCode, message] of rows) {
			it(`${name}: text`, async () => {
				const {code, stdout, stderr} = await filesync(args)
				assert.deepEqual({code, stdout}, {code: expected, stdout: ''})
				const [first = ''] = stderr.split('\n')
				assert.match(first, /^filesync: /)
				assert.match(first, message)
				assert.ok(!/\n\s+at /.test(stderr), 'no stack')
			})
			it(`${name}: JSON`, async () => {
				const outcome = await filesync([...args, '--json'])
				const {ok, error} = json(outcome)
				assert.deepEqual({code: outcome.code, stderr: outcome.stderr, ok}, {code: expected, stderr: '', ok: false})
				assert.ok(
					typeof error === 'object' && error !== null && 'code' in error && 'message' in error && 'try' in error,
				)
				assert.equal(error.code, errorCode)
				if (!name.startsWith('an option without')) assert.match(String(error.message), message)
				assert.ok(Array.isArray(error.try))
			})
		}
	})

	describe('certs and init', () => {
		it('from nothing to a shown config', async () => {
			const cwd = folder.at('fresh')
			mkdirSync(cwd)
			const gen = await filesync(['certs', 'gen', '--name', 'here', '--json'], {cwd})
			const made = json(gen)
			assert.equal(gen.code, 0)
			assert.equal(made['cert'], folder.at('home', 'sync-certs', 'here.cert'))
			const text = await filesync(['certs', 'gen', '--name', 'there', '--type', 'rsa'], {cwd})
			assert.equal(text.code, 0)
			assert.match(text.stdout, /SHA-256 fingerprint: ([0-9A-F]{2}:){31}[0-9A-F]{2}\n/)

			const certs = (name: string) => folder.at('home', 'sync-certs', name)
			const names = ['--cert', certs('here.cert'), '--key', certs('here.key'), '--peer-cert', certs('there.cert')]
			const init = await filesync(['init', '--dir', 'data', '--peer', 'there:6000', ...names], {cwd})
			assert.equal(init.code, 0, init.stderr)
			assert.match(init.stdout, /^Wrote .*sync_config\.json\nNext, on this device:\n {2}mkdir -p .*data\n/)
			assert.match(init.stdout, /\n {2}filesync sync --dry-run\n/)
			const elsewhere = await filesync(['init', '--dir', 'data', '--config', 'not here.json', ...names], {cwd})
			assert.match(elsewhere.stdout, /\n {2}filesync serve --config 'not here\.json'\n/)
			const written: unknown = JSON.parse(readFileSync(`${cwd}/sync_config.json`, 'utf8'))
			assert.ok(typeof written === 'object' && written !== null && 'local_dir' in written)
			assert.equal(written.local_dir, folder.at('fresh', 'data'))
			assert.equal((await filesync(['init', '--dir', 'data'], {cwd})).code, 2)
			assert.equal((await filesync(['init', '--dir', 'data', '--force', ...names], {cwd})).code, 0)

			const show = json(await filesync(['certs', 'show', '--json'], {cwd}))
			assert.equal(show['ok'], true)
			assert.deepEqual(
				[show['own'], show['peers']].flat().map((cert) => (cert as {subject: string}).subject),
				['CN=here', 'CN=there'],
			)
			rmSync(certs('there.cert'))
			const alone = await filesync(['certs', 'show'], {cwd})
			assert.equal(alone.code, 2)
			assert.ok(alone.stdout.includes(String(made['fingerprint'])))
			assert.match(alone.stderr, /peer's certificate .* does not exist/)
		})

		describe('certs gen --config', () => {
			const config = (cert: string, key: string): string =>
				folder.write('gen.json', JSON.stringify({local_dir: 'd', certs: {cert, key, peer_cert: 'p.cert'}}))
			const makes = async (args: readonly string[], cert: string): Promise<void> => {
				const gen = await filesync(['certs', 'gen', '--json', ...args])
				assert.equal(gen.code, 0, gen.stdout)
				assert.equal(json(gen)['cert'], cert)
			}

			it('makes the pair that the config names', () =>
				makes(['--config', config('own/one.cert', 'own/one.key')], folder.at('own', 'one.cert')))

			it('--name and --out say otherwise', async () => {
				const file = config('own/two.cert', 'own/two.key')
				await makes(['--config', file, '--name', 'three'], folder.at('own', 'three.cert'))
				await makes(['--config', file, '--out', folder.at('other')], folder.at('other', 'two.cert'))
			})

			it('a config whose files are no such pair: it says so, and how they are made', async () => {
				const file = config('own/four.pem', 'own/four.key')
				const {code, stderr} = await filesync(['certs', 'gen', '--config', file])
				assert.equal(code, 2)
				assert.match(
					stderr,
					/names .*four\.pem and .*four\.key; certs gen makes NAME\.cert and NAME\.key in one folder/,
				)
				assert.match(stderr, /Try: filesync certs gen --name \S+ --out .* && mv /)
				await makes(['--config', file, '--name', 'five', '--out', folder.at('own')], folder.at('own', 'five.cert'))
			})

			it('a config that is not there is an error', async () => {
				const {code, stderr} = await filesync(['certs', 'gen', '--config', folder.at('none.json')])
				assert.equal(code, 2)
				assert.match(stderr, /none\.json does not exist/)
			})
		})

		it('a warning goes to stderr and names the nearest key', async () => {
			const least = {local_dir: 'd', dbounce_ms: 1, certs: {cert: 'x', key: 'x', peer_cert: 'y'}}
			const file = folder.write('typo.json', JSON.stringify(least))
			const {stderr} = await filesync(['certs', 'show', '-c', file])
			assert.match(
				stderr,
				/^filesync: warning: .*typo\.json: unknown key "dbounce_ms" is ignored; did you mean "debounce_ms"\?$/m,
			)
		})

		it('reads FILESYNC_CONFIG', async () => {
			const {stderr} = await filesync(['certs', 'show'], {env: {FILESYNC_CONFIG: folder.at('elsewhere.json')}})
			assert.match(stderr, /elsewhere\.json does not exist/)
		})
	})

	it('the program is executable', function () {
		if (process.platform === 'win32') this.skip()
		assert.match(readFileSync(bin, 'utf8'), /^#!\/usr\/bin\/env node\n/)
	})
})
