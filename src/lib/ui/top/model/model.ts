// The view's model, its messages and its effects: types and the initial model.
import type {NodeAction, NodeState} from '../../../node/status/node-state.js'
import type {Capabilities} from '../../capabilities.js'
import type {Key} from '../terminal/keys.js'
import type {Stopped} from '../texts/facts.js'

/** In the order of `tab`. */
export const panels = ['log', 'conflicts', 'problems', 'transfers'] as const
export type Panel = (typeof panels)[number]

export interface Screen {
	readonly rows: number
	readonly columns: number
	readonly capabilities: Capabilities
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
	/** null: no state has arrived yet. */
	readonly state: NodeState | null
	/** Why the last try to reach the peer failed; null: it succeeded, or there was none. Shown also during the next try. */
	readonly fault: Stopped | null
	/** Why the node sends no states now, unescaped; null: it does. */
	readonly lost: string | null
	readonly focus: Panel
	/**
	 * Rows scrolled out of view. Log and conflicts have their newest row at the bottom: counted from the end. The others are counted from
	 * the start. May exceed the number of rows; the layout bounds it.
	 */
	readonly scroll: Readonly<Record<Panel, number>>
	readonly filter: {readonly text: string; readonly typing: boolean}
	/** Rows of the help that are scrolled out of view at its top; null: the help is not shown. */
	readonly help: number | null
	readonly toast: Toast | null
	/** The node has not confirmed this action yet. */
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
	/** Redraw every line, because something else wrote on the screen. */
	| {readonly kind: 'redraw'}
	/** Return the terminal to the shell until the process is continued. */
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

/** True for panels with the newest row at the bottom. */
export const isTail = (panel: Panel): boolean => panel === 'log' || panel === 'conflicts'
