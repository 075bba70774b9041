// States of a node as the view may meet them, at one moment of one afternoon.
import type {LinkState, NodeState} from '../../../src/lib/node/status/node-state.js'
import type {Capabilities} from '../../../src/lib/ui/capabilities.js'
import {firstModel, type Model} from '../../../src/lib/ui/top/model/model.js'
import {update} from '../../../src/lib/ui/top/update.js'

export const nowMs = Date.parse('2026-03-14T15:09:26.000Z')

/** The instant `sec` seconds before now. */
export const ago = (sec: number): string => new Date(nowMs - sec * 1000).toISOString()

const fingerprint = Array.from({length: 32}, (_, i) =>
	((i * 37 + 11) % 256).toString(16).padStart(2, '0').toUpperCase(),
).join(':')

export const connected: Extract<LinkState, {state: 'connected'}> = {
	state: 'connected',
	since: ago(11_100),
	name: 'desktop',
	address: '192.168.1.20:5555',
	fingerprint,
	leader: 'here',
	round_trip_ms: 3,
	clock_offset_ms: 240,
}

export const offline: Extract<LinkState, {state: 'offline'}> = {
	state: 'offline',
	since: ago(140),
	reason: 'nothing listens at desktop.local:5555 (ECONNREFUSED)',
	advice: ['run `filesync serve` on the peer', 'check peer.host and peer.port'],
	retry_at: ago(-3),
}

const zeros = (count: number): number[] => Array.from({length: count}, () => 0)
const wave = (peak: number, count = 60): number[] =>
	Array.from({length: count}, (_, i) =>
		Math.round(peak * Math.max(0, Math.sin(i / 7)) * (0.6 + 0.4 * Math.sin(i * 1.7))),
	)

const log = (count: number): NodeState['log'] =>
	Array.from({length: count}, (_, i) => ({
		id: i + 1,
		at: ago((count - i) * 37),
		level: 'info',
		text: i % 3 === 0 ? `push docs/chapter-${i + 1}.md` : `pull photos/2026/IMG_${1000 + i}.jpg`,
	}))

export const idle: NodeState = {
	at: ago(0),
	started: ago(11_160),
	pid: 4242,
	software: 'filesync 0.1.0',
	device: {id: '7Q4ZK2', name: 'laptop'},
	folder: '/home/ada/Documents',
	config: '/home/ada/.config/filesync/sync_config.json',
	listens: '0.0.0.0:5555',
	dials: 'desktop.local:5555',
	link: connected,
	watching: 'live',
	paused: false,
	held: null,
	totals: {
		files: 12_345,
		folders: 678,
		links: 3,
		bytes: 4_831_838_208,
		syncs: 12,
		sent_bytes: 35_651_584,
		received_bytes: 125_829_120,
	},
	pending: {changes: 0, checking: false},
	round: null,
	transfers: [],
	rates: {up: zeros(60), down: zeros(60)},
	conflicts: [],
	problems: [],
	last_sync: {
		at: ago(130),
		ok: true,
		pushed: 3,
		pulled: 1,
		deleted_local: 0,
		deleted_remote: 0,
		renamed: 0,
		metadata: 0,
		conflicts: 0,
		duration_ms: 120,
	},
	log: log(8),
}

const conflicts: NodeState['conflicts'] = [
	{
		at: ago(4000),
		path: 'notes/todo.md',
		copy: 'notes/todo.sync-conflict-20260314-140246-DESKTOP.md',
		winner: 'local',
	},
	{
		at: ago(600),
		path: 'budget.ods',
		copy: 'budget.sync-conflict-20260314-145926-LAPTOP.ods',
		winner: 'remote',
	},
]

const problems: NodeState['problems'] = [
	{path: 'mail/inbox.lock', side: 'local', code: 'EACCES', message: 'permission denied'},
	{path: 'Music/AC:DC.mp3', side: 'remote', code: 'NAME_UNUSABLE', message: 'the name cannot be made there'},
]

export const transferring: NodeState = {
	...idle,
	round: {
		phase: 'transfer',
		since: ago(14),
		files_done: 1234,
		files_total: 2000,
		bytes_done: 125_829_120,
		bytes_total: 199_229_440,
	},
	transfers: [
		{path: 'photos/2026/film.mp4', way: 'up', bytes_done: 50e6, bytes_total: 120e6, since: ago(9)},
		{path: 'backup/disk image.img', way: 'down', bytes_done: 3e9, bytes_total: 4e9, since: ago(600)},
	],
	rates: {up: wave(4e6), down: wave(9e6)},
	log: log(40),
}

const bad = '\u001b[31mred\u001b[0m'

/** By name, for tables. */
export const states: Readonly<Record<string, NodeState | null>> = {
	'nothing heard yet': null,
	'connected, idle': idle,
	'transfer under way': transferring,
	scanning: {
		...idle,
		round: {phase: 'scan', since: ago(4), files_done: 0, files_total: 0, bytes_done: 0, bytes_total: 0},
	},
	offline: {...idle, link: offline, pending: {changes: 7, checking: false}},
	'connecting again': {...idle, link: {state: 'connecting', since: ago(1)}},
	'waiting, just started': {
		...idle,
		started: ago(5),
		link: {state: 'waiting', since: ago(5)},
		dials: null,
		watching: 'starting',
		last_sync: null,
		totals: {...idle.totals, syncs: 0, sent_bytes: 0, received_bytes: 0},
		rates: {up: [0, 0, 0], down: [0, 0, 0]},
		log: [],
	},
	paused: {...idle, paused: true, pending: {changes: 2, checking: false}},
	held: {...idle, held: 'git works in project/.git (index.lock)', pending: {changes: 31, checking: false}},
	'a clock that is off': {
		...idle,
		link: {...connected, leader: 'peer', round_trip_ms: null, clock_offset_ms: -125_000},
	},
	'conflicts and problems': {
		...transferring,
		round: null,
		transfers: [],
		conflicts,
		problems,
		last_sync: idle.last_sync && {...idle.last_sync, ok: false, conflicts: 2},
		log: [
			...log(20),
			{id: 21, at: ago(12), level: 'warn', text: 'Warning: the disk is almost full'},
			{id: 22, at: ago(10), level: 'error', text: 'Sync with desktop failed: the connection broke'},
		],
	},
	'foreign names': {
		...transferring,
		device: {id: 'x', name: `📱 Адаの電話 ${bad}`},
		folder: '/home/ada/写真/家族 👩‍👩‍👧/été\n2026',
		link: {...connected, name: `桌面\u202eexe`, address: '[fe80::1%eth0]:5555'},
		held: `line one\nline two ${bad}`,
		transfers: [
			{path: '映画/千と千尋の神隠し🎬.mkv', way: 'down', bytes_done: 1e9, bytes_total: 2e9, since: ago(30)},
			{path: `${bad}\r\n.bin`, way: 'up', bytes_done: 0, bytes_total: 7e6, since: ago(0)},
		],
		conflicts: [
			{at: ago(60), path: '表\t計算.ods', copy: '表\t計算.sync-conflict-20260314-150826-電話.ods', winner: 'remote'},
		],
		problems: [{path: 'a\u001b]0;title\u0007b', side: 'remote', code: 'EINVAL', message: 'odd\u009bname\u2028'}],
		log: [
			{id: 1, at: ago(90), level: 'info', text: 'pull 音楽/🎵🎶/song.ogg'},
			{id: 2, at: ago(80), level: 'warn', text: `Warning: ${bad}\nsecond line`},
			{id: 3, at: ago(2 * 86_400), level: 'info', text: 'e\u0301te\u0301 👍🏽 \ud800'},
		],
	},
}

export const plainCapabilities: Capabilities = {unicode: true, colour: false}

export interface Size {
	readonly columns: number
	readonly rows: number
}

/** The model of a screen that has heard of `state`. */
export function modelOf(state: NodeState | null, {columns, rows}: Size, capabilities = plainCapabilities): Model {
	const first = firstModel({columns, rows, capabilities, zoneMin: 60}, false, nowMs)
	if (state === null) return first
	// As when it is tried again: the fault of the try before is known.
	const seen =
		state.link.state === 'connecting'
			? update(first, {kind: 'state', state: {...state, link: offline}, nowMs}).model
			: first
	return update(seen, {kind: 'state', state, nowMs}).model
}
