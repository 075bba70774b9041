// systemd on Linux: the user unit, and the commands and output of `systemctl --user`. Pure.
import {isAbsolute, join} from 'node:path'
import {messageOfEnd} from '../ended.js'
import type {Machine} from '../machine.js'
import {marker} from '../marker.js'
import {argumentsOf, modeWords} from '../spec.js'
import type {Ended, Manager, ServiceName, ServiceSpec, State, Step} from '../types.js'
import {systemdArgument, systemdWord} from './quote.js'

/** systemd refuses a program whose path contains one of these, even if quoted. */
const refusedInProgram = /["'\\]/

function command(spec: ServiceSpec): string {
	const args = argumentsOf(spec).map(systemdArgument)
	if (!refusedInProgram.test(spec.node)) return [systemdWord(spec.node), ...args].join(' ')
	return ['/bin/sh', '-c', ...['exec "$0" "$@"', spec.node].map(systemdArgument), ...args].join(' ')
}

/** Limits glibc's heaps: with one per thread, a node takes 10 MB more after some weeks. */
const serviceEnv = {MALLOC_ARENA_MAX: '1'}

/** The unit. Without a sandbox for folders: the synced folder, the certificates and the state may be anywhere. */
export function unitText(spec: ServiceSpec): string {
	const environment = Object.entries({...serviceEnv, ...spec.env}).map(
		([name, value]) => `Environment=${systemdWord(`${name}=${value}`)}`,
	)
	return `# ${marker}. Changes of your own: systemctl --user edit ${spec.service}
[Unit]
Description=FileSync (${modeWords[spec.mode].join(' ')})
# It waits for network and peer itself, and is started again until its address, its port and its disk are there.
StartLimitIntervalSec=0

[Service]
${[...environment, `ExecStart=${command(spec)}`].join('\n')}
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
}

const properties = [
	'LoadState',
	'UnitFileState',
	'ActiveState',
	'SubState',
	'StateChangeTimestamp',
	'ExecMainCode',
	'ExecMainStatus',
]

/** `Fri 2026-01-02 03:04:05 UTC` as ISO 8601; null if it is empty or in another zone. */
function isoOf(time: string | undefined): string | null {
	const found = /^\w+ (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$/.exec(time ?? '')
	return found === null ? null : `${found[1]}T${found[2]}Z`
}

/** The state as `systemctl status` shows it: `active (running)`, `failed`. */
const stateOf = (active = 'unknown', sub = active): string => (active === sub ? active : `${active} (${sub})`)

/** Parses `systemctl --user show`. `ExecMainCode` 1 is CLD_EXITED: then the status is an exit code. */
export function readShow(answer: Ended): State {
	if (answer.kind === 'missing' || answer.code !== 0)
		return {enabled: null, active: null, state: null, since: null, exit_code: null, problem: messageOfEnd(answer)}
	const said = new Map(
		answer.stdout.split('\n').map((line) => {
			const at = line.indexOf('=')
			return [line.slice(0, at), line.slice(at + 1)] as const
		}),
	)
	const isActive = said.get('ActiveState') === 'active'
	const exit = Number.parseInt(said.get('ExecMainStatus') ?? '', 10)
	return {
		enabled: said.get('UnitFileState') === 'enabled',
		active: isActive,
		state: said.get('LoadState') === 'loaded' ? stateOf(said.get('ActiveState'), said.get('SubState')) : 'not loaded',
		since: isoOf(said.get('StateChangeTimestamp')),
		exit_code: !isActive && said.get('ExecMainCode') === '1' && Number.isFinite(exit) ? exit : null,
		problem: null,
	}
}

const ctl = (...words: readonly string[]): Step => ({argv: ['systemctl', '--user', ...words]})

export function systemd({env, home, user, lingers}: Machine, service: ServiceName): Manager {
	const configHome = env['XDG_CONFIG_HOME']
	// The XDG base directory specification demands that relative values are ignored.
	const base = configHome !== undefined && isAbsolute(configHome) ? configHome : join(home, '.config')
	const folder = join(base, 'systemd', 'user')
	const unit = `${service}.service`
	// Fails only without a bus.
	const reload: Step = {...ctl('daemon-reload'), onFailure: 'unreachable'}
	return {
		system: 'systemd',
		file: join(folder, unit),
		needs: null,
		files: (spec) => [{path: join(folder, unit), text: unitText(spec), mode: 0o644}],
		parts: [],
		leftovers: [join(folder, 'default.target.wants', unit)],
		folders: [],
		start: (written, now) => {
			if (!now) return [reload, ctl('enable', unit)]
			// A running service keeps its old unit until it is restarted.
			return written === 'replaced'
				? [reload, ctl('enable', unit), ctl('restart', unit)]
				: [reload, ctl('enable', '--now', unit)]
		},
		startsLater: true,
		stop: [reload, ctl('disable', '--now', unit)],
		forget: [reload, {...ctl('reset-failed', unit), onFailure: 'ignored'}],
		stopByHand: [`systemctl --user stop ${unit}`, 'systemctl --user daemon-reload'],
		query: ctl('show', unit, `--property=${properties.join(',')}`),
		read: readShow,
		log: `journalctl --user -u ${service}`,
		hints: lingers ? [] : [`loginctl enable-linger ${user}`, 'lets it run without a login, as on a server.'],
	}
}
