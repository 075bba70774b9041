// What the view knows, what can happen to it, and what it may ask for. Types and the first model; nothing decides here.
import type {NodeAction, NodeState} from '../../../node/status/node-state.js'
import type {Look} from '../../look.js'
import type {Key} from '../terminal/keys.js'
import type {Stopped} from '../texts/facts.js'

/** In the order in which `tab` walks. */
export const panels = ['log', 'conflicts', 'problems', 'transfers'] as const
export type Panel = (typeof panels)[number]

export interface Screen {
	readonly rows: number
	readonly columns: number
	readonly look: Look
	/** Minutes east of UTC. */
	readonly zoneMin: number
}

export interface Toast {
	readonly text: string
	readonly level: 'info' | 'warn'
	readonly untilMs: number
}

export interface Model {
	readonly screen: Screen
	/** The node runs in this process and ends with the view. */
	readonly inside: boolean
	readonly nowMs: number
	/** null: nothing has been heard yet. */
	readonly state: NodeState | null
	/** Why the peer could not be reached last; null: it was, or was never tried. Still shown while it is tried again. */
	readonly fault: Stopped | null
	/** Why the node says nothing now, as it came; null: it does. */
	readonly lost: string | null
	readonly focus: Panel
	/**
	 * Rows out of fingerprint. Log and conflicts hold their newest row at the bottom: counted from the end. The others are read from
	 * the top: counted from the start. May be more than there is to scroll; the layout bounds it.
	 */
	readonly scroll: Readonly<Record<Panel, number>>
	readonly filter: {readonly text: string; readonly typing: boolean}
	/** null: not shown; else rows of it scrolled away at its top. */
	readonly help: number | null
	readonly toast: Toast | null
	/** Asked of the node and not answered yet. */
	readonly asking: readonly NodeAction[]
}

export type Message =
	| {readonly kind: 'state'; readonly state: NodeState; readonly nowMs: number}
	| {readonly kind: 'key'; readonly key: Key; readonly nowMs: number}
	| {readonly kind: 'resize'; readonly rows: number; readonly columns: number}
	/** Once a second. */
	| {readonly kind: 'tick'; readonly nowMs: number; readonly zoneMin: number}
	| {readonly kind: 'disconnected'; readonly reason: string}
	| {readonly kind: 'actionDone'; readonly action: NodeAction}
	| {readonly kind: 'actionFailed'; readonly action: NodeAction; readonly reason: string}

export type Effect =
	| {readonly kind: 'act'; readonly action: NodeAction}
	/** Draw every line anew: something else wrote on the screen. */
	| {readonly kind: 'redraw'}
	/** Give the terminal back to the shell until the process is continued. */
	| {readonly kind: 'suspend'}
	| {readonly kind: 'quit'}

export const firstModel = (screen: Screen, inside: boolean, nowMs: number): Model => ({
	screen,
	inside,
	nowMs,
	state: null,
	fault: null,
	lost: null,
	focus: 'log',
	scroll: {log: 0, conflicts: 0, problems: 0, transfers: 0},
	filter: {text: '', typing: false},
	help: null,
	toast: null,
	asking: [],
})

/** Whether a panel holds its newest row at the bottom. */
export const isTail = (panel: Panel): boolean => panel === 'log' || panel === 'conflicts'
