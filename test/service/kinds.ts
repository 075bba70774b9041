import {mkdirSync} from 'node:fs'
import type {Config} from '../../src/lib/config/index.js'
import type {Machine} from '../../src/lib/service/machine.js'
import type {System} from '../../src/lib/service/types.js'
import type {Answer, Home} from './support.js'
/** A service manager, and what is true of it alone. `DIR`: the folder of the service's file, `HOME`: the home folder. */
export interface Kind {
	readonly system: System
	readonly program: string
	readonly file: string
	readonly change: (home: Home) => Partial<Machine>
	/** How it answers where there is nobody to ask. */
	readonly nobody: Answer
	readonly refuses: Answer
	readonly calls: Readonly<Record<'create' | 'replace' | 'again' | 'noStart' | 'uninstall', readonly string[]>>
	readonly next: readonly string[]
	readonly afterUninstall: readonly string[]
	readonly query: string
	readonly runs: Answer
	readonly ended: Answer & {readonly exit_code: number | null}
	readonly startsLater: boolean
}

/** What systemctl says where no bus is. */
export const noBus = 'Failed to connect to bus: No medium found\n'

export const kinds: readonly Kind[] = [
	{
		system: 'systemd',
		program: 'systemctl',
		file: '.config/systemd/user/filesync.service',
		change: () => ({}),
		nobody: {when: '*', code: 1, err: noBus},
		refuses: {when: '*enable*', code: 1, err: 'Failed to enable unit: it is masked\n'},
		calls: {
			create: ['systemctl --user daemon-reload', 'systemctl --user enable --now filesync.service'],
			replace: [
				'systemctl --user daemon-reload',
				'systemctl --user enable filesync.service',
				'systemctl --user restart filesync.service',
			],
			again: ['systemctl --user daemon-reload', 'systemctl --user enable --now filesync.service'],
			noStart: ['systemctl --user daemon-reload', 'systemctl --user enable filesync.service'],
			uninstall: [
				'systemctl --user daemon-reload',
				'systemctl --user disable --now filesync.service',
				'systemctl --user daemon-reload',
				'systemctl --user reset-failed filesync.service',
			],
		},
		next: ['systemctl --user daemon-reload', 'systemctl --user enable --now filesync.service'],
		afterUninstall: ['systemctl --user stop filesync.service', 'systemctl --user daemon-reload'],
		query:
			'systemctl --user show filesync.service --property=LoadState,UnitFileState,ActiveState,SubState,StateChangeTimestamp,ExecMainCode,ExecMainStatus',
		ended: {
			when: '*show*',
			out: 'LoadState=loaded\nUnitFileState=enabled\nActiveState=failed\nSubState=failed\nExecMainCode=1\nExecMainStatus=2\n',
			exit_code: 2,
		},
		runs: {
			when: '*show*',
			out: 'LoadState=loaded\nUnitFileState=enabled\nActiveState=active\nSubState=running\nStateChangeTimestamp=Fri 2026-01-02 03:04:05 UTC\n',
		},
		startsLater: true,
	},
	{
		system: 'launchd',
		program: 'launchctl',
		file: 'Library/LaunchAgents/filesync.plist',
		change: () => ({platform: 'darwin'}),
		nobody: {when: '*', code: 125, err: 'Domain does not support specified action\n'},
		refuses: {when: '*bootstrap*', code: 5, err: 'Bootstrap failed: 5: Input/output error\n'},
		calls: {
			create: [
				'launchctl print gui/501',
				'launchctl enable gui/501/filesync',
				'launchctl bootout gui/501/filesync',
				'launchctl bootstrap gui/501 HOME/Library/LaunchAgents/filesync.plist',
			],
			replace: [
				'launchctl print gui/501',
				'launchctl enable gui/501/filesync',
				'launchctl bootout gui/501/filesync',
				'launchctl bootstrap gui/501 HOME/Library/LaunchAgents/filesync.plist',
			],
			again: [
				'launchctl print gui/501',
				'launchctl enable gui/501/filesync',
				'launchctl bootstrap gui/501 HOME/Library/LaunchAgents/filesync.plist',
				'launchctl kickstart gui/501/filesync',
			],
			noStart: ['launchctl print gui/501', 'launchctl enable gui/501/filesync'],
			uninstall: ['launchctl print gui/501', 'launchctl bootout gui/501/filesync'],
		},
		next: [
			'launchctl print gui/501',
			'launchctl enable gui/501/filesync',
			'launchctl bootout gui/501/filesync',
			'launchctl bootstrap gui/501 HOME/Library/LaunchAgents/filesync.plist',
		],
		afterUninstall: ['launchctl bootout gui/501/filesync'],
		query: 'launchctl print gui/501/filesync',
		ended: {
			when: 'print*',
			out: 'gui/501/filesync = {\n\tstate = spawn scheduled\n\tlast exit code = 2\n}\n',
			exit_code: 2,
		},
		runs: {when: 'print*', out: 'gui/501/filesync = {\n\tstate = running\n}\n'},
		startsLater: true,
	},
	{
		system: 'termux',
		program: 'sv',
		file: 'usr/var/service/filesync/run',
		change: (home) => {
			mkdirSync(home.folder.at('usr/var/service'), {recursive: true})
			const env = {PATH: home.path, PREFIX: home.folder.at('usr'), TERMUX_VERSION: '0.118'}
			return {env}
		},
		nobody: {when: '*', code: 1, err: 'fail: filesync: unable to open supervise/ok\n'},
		refuses: {when: '*restart*', code: 1, err: 'timeout: run: filesync\n'},
		calls: {
			create: ['sv up DIR'],
			replace: ['sv up DIR', 'sv -w 40 restart DIR'],
			again: ['sv up DIR'],
			noStart: ['sv down DIR'],
			uninstall: ['sv -w 40 stop DIR'],
		},
		next: ['rm -f DIR/down', 'sv up DIR'],
		afterUninstall: [],
		query: 'sv status DIR',
		ended: {when: 'status*', out: 'down: filesync: 1s, normally up\n', exit_code: null},
		runs: {when: 'status*', out: 'run: filesync: (pid 12) 60s; run: log: (pid 13) 90s\n'},
		startsLater: false,
	},
]

/** A config whose files exist. */
export function configOf(home: Home, change: Partial<Config> = {}): Config {
	const file = home.folder.write('c.json', '')
	return {
		file,
		localDir: home.folder.path,
		peer: {host: 'phone', port: 5555},
		certs: {cert: file, key: file, peerCert: file},
		server: {host: '0.0.0.0', port: 5555},
		debounceMs: 800,
		mtimeSkewSec: 2,
		maxConcurrency: 1,
		ignore: [],
		trashDays: 30,
		maxDeletePercent: 50,
		rescanIntervalSec: 60,
		stateDir: '/state',
		logLevel: 'info',
		warnings: [],
		...change,
	}
}
