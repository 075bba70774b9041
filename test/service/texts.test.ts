// The files of a service, whole; and what the programs that read them make of them, where they are installed.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {chmodSync, mkdirSync, symlinkSync} from 'node:fs'
import {plistText} from '../../src/lib/service/managers/launchd.js'
import {unitText} from '../../src/lib/service/managers/systemd.js'
import {finishText, logText, runText} from '../../src/lib/service/managers/termux.js'
import {isMarked} from '../../src/lib/service/marker.js'
import {argumentsOf, parseServiceName} from '../../src/lib/service/spec.js'
import {Folder} from '../config/folder.js'
import {odd, spec} from './support.js'

const has = (program: string, ...args: readonly string[]): boolean => spawnSync(program, args).status === 0

/** Defines a test that is skipped, by name, where a program is missing. */
function itWith(program: string, there: boolean, name: string, body: (folder: Folder) => void): void {
	it(there ? name : `${name} (needs ${program})`, function () {
		if (!there) this.skip()
		const folder = new Folder()
		try {
			body(folder)
		} finally {
			folder.remove()
		}
	})
}

const unit = `# Written by filesync service install. Changes of your own: systemctl --user edit filesync
[Unit]
Description=FileSync (watch)
# It waits for network and peer itself, and is started again until its address, its port and its disk are there.
StartLimitIntervalSec=0

[Service]
Environment=MALLOC_ARENA_MAX=1
ExecStart=/usr/bin/node /usr/local/bin/filesync watch --config /home/ann/.config/filesync/sync_config.json
Restart=on-failure
RestartSec=10
# Config or certificate, another peer: someone must look.
RestartPreventExitStatus=2 4
KillSignal=SIGTERM
KillMode=mixed
TimeoutStopSec=30
Nice=5
IOSchedulingClass=best-effort
IOSchedulingPriority=7
NoNewPrivileges=yes

[Install]
WantedBy=default.target
`

const agent = `<?xml version="1.0" encoding="UTF-8"?>
<!-- Written by filesync service install. -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>filesync-photos</string>
	<key>ProgramArguments</key>
	<array>
		<string>/usr/bin/node</string>
		<string>/usr/local/bin/filesync</string>
		<string>watch</string>
		<string>--serve</string>
		<string>--config</string>
		<string>/Users/ann/R&amp;D &lt;1&gt;/c.json</string>
	</array>
	<key>EnvironmentVariables</key>
	<dict>
		<key>FILESYNC_NAME</key>
		<string>mac</string>
	</dict>
	<key>RunAtLoad</key>
	<true/>
	<key>KeepAlive</key>
	<dict>
		<key>SuccessfulExit</key>
		<false/>
	</dict>
	<key>ThrottleInterval</key>
	<integer>60</integer>
	<key>ExitTimeOut</key>
	<integer>30</integer>
	<key>Nice</key>
	<integer>5</integer>
	<key>LowPriorityIO</key>
	<true/>
	<key>StandardOutPath</key>
	<string>/Users/ann/Library/Logs/filesync-photos.log</string>
	<key>StandardErrorPath</key>
	<string>/Users/ann/Library/Logs/filesync-photos.log</string>
</dict>
</plist>
`

const run = `#!/t/usr/bin/sh
# Written by filesync service install.
exec 2>&1
export FILESYNC_NAME='my phone'
exec /usr/bin/node /usr/local/bin/filesync serve --config '/sd card/c.json'
`

const finish = `#!/t/usr/bin/sh
# Written by filesync service install.
case $1 in
	0) ;;
	# Config or certificate, another peer: someone must look.
	2 | 4) sv down . ;;
	*) sleep 10 ;;
esac
`

const log = `#!/t/usr/bin/sh
# Written by filesync service install.
mkdir -p '/t/log dir'
exec svlogd -tt '/t/log dir'
`

const photos = spec({
	service: parseServiceName('photos'),
	mode: 'node',
	configFile: '/Users/ann/R&D <1>/c.json',
	env: {FILESYNC_NAME: 'mac'},
})

describe('service: texts', () => {
	const rows: readonly [name: string, text: string, golden: string][] = [
		['systemd unit', unitText(spec()), unit],
		['launchd agent', plistText(photos, '/Users/ann/Library/Logs/filesync-photos.log'), agent],
		[
			'runit run script',
			runText(spec({mode: 'serve', configFile: '/sd card/c.json', env: {FILESYNC_NAME: 'my phone'}}), '/t/usr'),
			run,
		],
		['runit finish script', finishText('/t/usr'), finish],
		['runit log script', logText('/t/usr', '/t/log dir'), log],
	]
	for (const [name, text, golden] of rows)
		it(name, () => {
			assert.equal(text, golden)
			assert.ok(isMarked(text))
		})

	const lines: readonly [name: string, change: Parameters<typeof spec>[0], line: string][] = [
		[
			'mode node is watch --serve',
			{mode: 'node', configFile: '/c.json'},
			'ExecStart=/usr/bin/node /usr/local/bin/filesync watch --serve --config /c.json',
		],
		[
			'paths that systemd would read otherwise',
			{node: '/o p$t/100%/node', script: '/a"b/f', configFile: '/c $HOME %h\\.json'},
			'ExecStart="/o p$t/100%%/node" "/a\\"b/f" watch --config "/c $$HOME %%h\\\\.json"',
		],
		[
			'a program that systemd refuses goes through a shell',
			{node: "/it's/node", script: '/f', configFile: '/c'},
			`ExecStart=/bin/sh -c "exec \\"$$0\\" \\"$$@\\"" "/it's/node" /f watch --config /c`,
		],
		[
			'variables, with $ as it is',
			{env: {FILESYNC_NAME: 'my $HOME 5%', XDG_STATE_HOME: '/s'}},
			'Environment="FILESYNC_NAME=my $HOME 5%%"\nEnvironment=XDG_STATE_HOME=/s\nExecStart=/usr/bin/node',
		],
	]
	for (const [name, change, line] of lines)
		it(`systemd unit: ${name}`, () => assert.ok(unitText(spec(change)).includes(`\n${line}`), unitText(spec(change))))
})

describe('service: texts, read by the real programs', () => {
	const programs = (folder: Folder) => {
		const node = folder.write(`${odd.replace(/["'\\]/g, '')}/node`, '#!/bin/sh\n')
		const refused = folder.write(`${odd.slice(0, 20)}/node`, '#!/bin/sh\n')
		for (const file of [node, refused]) chmodSync(file, 0o755)
		return {node, refused}
	}
	itWith('systemd-analyze', has('systemd-analyze', '--version'), 'systemd-analyze verify finds nothing', (folder) => {
		const {node, refused} = programs(folder)
		mkdirSync(folder.at('run'))
		const common = {configFile: `/home/${odd}`, env: {FILESYNC_NAME: odd}}
		const specs = [spec({...common, node: process.execPath}), spec({...common, node}), spec({...common, node: refused})]
		for (const [i, one] of specs.entries()) {
			const file = folder.write(`filesync-${i}.service`, unitText(one))
			const {stdout, stderr, status} = spawnSync('systemd-analyze', ['verify', '--user', file], {
				encoding: 'utf8',
				env: {...process.env, XDG_RUNTIME_DIR: folder.at('run'), HOME: folder.path},
			})
			assert.deepEqual([status, stdout, stderr], [0, '', ''], unitText(one))
		}
	})

	const asJson = 'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))'
	itWith('python3', has('python3', '-c', 'import plistlib'), 'plistlib reads back the words of the agent', (folder) => {
		const one = spec({configFile: `/Users/${odd}`, env: {FILESYNC_NAME: odd}})
		const file = folder.write('x.plist', plistText(one, `/logs/${odd}`))
		const {stdout, stderr} = spawnSync('python3', ['-c', asJson, file], {encoding: 'utf8'})
		assert.equal(stderr, '')
		const read: unknown = JSON.parse(stdout)
		assert.deepEqual(read, {
			Label: 'filesync',
			ProgramArguments: [one.node, ...argumentsOf(one)],
			EnvironmentVariables: {FILESYNC_NAME: odd},
			RunAtLoad: true,
			KeepAlive: {SuccessfulExit: false},
			ThrottleInterval: 60,
			ExitTimeOut: 30,
			Nice: 5,
			LowPriorityIO: true,
			StandardOutPath: `/logs/${odd}`,
			StandardErrorPath: `/logs/${odd}`,
		})
	})

	itWith('a POSIX shell', process.platform !== 'win32', 'the run script runs exactly these words', (folder) => {
		mkdirSync(folder.at('bin'))
		symlinkSync('/bin/sh', folder.at('bin', 'sh'))
		// Node itself runs no module whose path holds a backslash.
		const script = folder.write(
			`${odd.replaceAll('\\', '')}.mjs`,
			'console.error(JSON.stringify([process.argv.slice(2), process.env.FILESYNC_NAME]))',
		)
		const one = spec({node: process.execPath, script, configFile: `/home/${odd}`, env: {FILESYNC_NAME: odd}})
		const file = folder.write('run', runText(one, folder.path))
		chmodSync(file, 0o755)
		const {stdout} = spawnSync(file, {encoding: 'utf8'})
		// stderr goes where stdout goes: the log takes one.
		assert.deepEqual(JSON.parse(stdout), [argumentsOf(one).slice(1), odd])
	})
})
