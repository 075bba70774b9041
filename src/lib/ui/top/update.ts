// Applies a message to the model and returns the effects to carry out. Pure: the clock comes in with the message.
import type {NodeAction} from '../../node/status/node-state.js'
import {safeText} from '../safe.js'
import {type Effect, isTail, type Message, type Model, panels, type Toast} from './model/model.js'
import {type ActionKey, askedText, whyNot} from './model/usable.js'
import {helpScroll} from './screen/help.js'
import {layout} from './screen/layout.js'
import {rowsOf} from './screen/panel-rows.js'
import {type Move, moved} from './screen/scroll.js'
import type {Key} from './terminal/keys.js'
import {isStopped} from './texts/facts.js'

export interface Step {
	readonly model: Model
	readonly effects: readonly Effect[]
}

/** How long the reaction to a key is shown (ms). */
const toastMs = 4000

/** Longest filter, in characters. */
const longestFilter = 100

const step = (model: Model, ...effects: Effect[]): Step => ({model, effects})

const say = (model: Model, text: string, level: Toast['level'] = 'info'): Model => ({
	...model,
	toast: {text, level, untilMs: model.nowMs + toastMs},
})

const act = (model: Model, action: NodeAction, asked: string): Step =>
	step({...say(model, asked), asking: [...model.asking, action]}, {kind: 'act', action})

const answered = (model: Model, action: NodeAction): Model => ({
	...model,
	asking: model.asking.filter((one) => one !== action),
})

const doneTexts: Readonly<Record<NodeAction, string>> = {
	sync: 'the sync begins',
	pause: 'paused: p resumes',
	resume: 'resumed',
	'clear-log': 'the log is cleared',
}

const failedTexts: Readonly<Record<NodeAction, string>> = {
	sync: 'no sync',
	pause: 'not paused',
	resume: 'not resumed',
	'clear-log': 'the log is not cleared',
}

/** A new state. The scroll position stays while rows are added below. */
function withState(model: Model, state: Model['state'] & object, nowMs: number): Model {
	const next: Model = {
		...model,
		state,
		nowMs,
		lost: null,
		fault: isStopped(state.link) ? state.link : state.link.state === 'connecting' ? model.fault : null,
	}
	const scroll = {...model.scroll}
	for (const panel of panels) {
		if (!isTail(panel) || scroll[panel] === 0) continue
		const {lastId} = rowsOf(model, panel)
		if (lastId !== null) scroll[panel] += rowsOf(next, panel).after(lastId)
	}
	return {...next, scroll}
}

function actionKey(model: Model, key: ActionKey): Step {
	const reason = whyNot(model, key)
	if (reason !== null) return step(say(model, reason))
	switch (key) {
		case 's':
			return act(model, 'sync', askedText(model))
		case 'p':
			return model.state?.paused === true ? act(model, 'resume', 'resuming') : act(model, 'pause', 'pausing')
		case 'c':
			return act(model, 'clear-log', 'clearing the log')
		case '/':
			return step({...model, filter: {...model.filter, typing: true}})
	}
}

function scrolled(model: Model, move: Move): Step {
	if (model.help !== null) return step({...model, help: helpScroll(model, layout(model).helpRows, move)})
	const {model: next, reason} = moved(model, move)
	return step(reason === null ? next : say(next, reason))
}

/** Resets scroll positions: they belong to the old filter. */
const filtered = (model: Model, text: string, typing: boolean): Model => ({
	...model,
	filter: {text: [...text].slice(0, longestFilter).join(''), typing},
	scroll: {log: 0, conflicts: 0, problems: 0, transfers: 0},
})

/** A key while the user types the filter. */
function typed(model: Model, key: Key): Step {
	const {text} = model.filter
	if (key.kind === 'char') return step(filtered(model, text + key.char, true))
	if (key.kind === 'paste') return step(filtered(model, text + key.text, true))
	switch (key.name) {
		case 'enter':
			return step({...model, filter: {text, typing: false}})
		case 'escape':
			return step(filtered(model, '', false))
		case 'backspace':
			return step(filtered(model, [...text].slice(0, -1).join(''), true))
		case 'ctrlU':
			return step(filtered(model, '', true))
		default:
			return otherKey(model, key)
	}
}

const moves: Readonly<Record<string, Move>> = {
	up: 'up',
	k: 'up',
	down: 'down',
	j: 'down',
	pageUp: 'pageUp',
	pageDown: 'pageDown',
	home: 'top',
	g: 'top',
	end: 'end',
	G: 'end',
}

function escaped(model: Model): Step {
	if (model.help !== null) return step({...model, help: null})
	if (model.filter.text !== '') return step(filtered(model, '', false))
	return step(model, {kind: 'quit'})
}

function walked(model: Model, by: number): Step {
	const next = panels[(panels.indexOf(model.focus) + by + panels.length) % panels.length] ?? 'log'
	const focused: Model = {...model, help: null, focus: next}
	const hasRoom = model.state === null || layout(focused).boxes.some(({panel}) => panel === next)
	return step(hasRoom ? focused : say(focused, `${next}: no room on this screen`))
}

/** A key outside the filter. */
function otherKey(model: Model, key: Key): Step {
	const name = key.kind === 'named' ? key.name : key.kind === 'char' ? key.char : 'a paste'
	const move = moves[name]
	if (move !== undefined) return scrolled(model, move)
	switch (name) {
		case 'ctrlC':
		case 'q':
			return step(model, {kind: 'quit'})
		case 'ctrlZ':
			return step(model, {kind: 'suspend'})
		case 'ctrlL':
			return step(model, {kind: 'redraw'})
		case 'escape':
			return escaped(model)
		case '?':
			return step({...model, help: model.help === null ? 0 : null})
		case 'tab':
			return walked(model, 1)
		case 'backTab':
			return walked(model, -1)
		case 's':
		case 'p':
		case 'c':
		case '/':
			return actionKey({...model, help: null}, name)
		default:
			return step(say(model, `${safeText(name === ' ' ? 'space' : name)} does nothing here: ? shows the keys`))
	}
}

export function update(model: Model, message: Message): Step {
	switch (message.kind) {
		case 'state':
			return step(withState(model, message.state, message.nowMs))
		case 'key': {
			// The next key removes the reaction to the last one.
			const now: Model = {...model, nowMs: message.nowMs, toast: null}
			return model.filter.typing ? typed(now, message.key) : otherKey(now, message.key)
		}
		case 'resize':
			return step({...model, screen: {...model.screen, rows: message.rows, columns: message.columns}}, {kind: 'redraw'})
		case 'tick': {
			const {nowMs, zoneMin} = message
			const isOver = model.toast !== null && model.toast.untilMs <= nowMs
			return step({...model, nowMs, screen: {...model.screen, zoneMin}, toast: isOver ? null : model.toast})
		}
		case 'disconnected':
			return step({...model, lost: message.reason, asking: []})
		case 'actionDone':
			return step(say(answered(model, message.action), doneTexts[message.action]))
		case 'actionFailed':
			return step(
				say(answered(model, message.action), `${failedTexts[message.action]}: ${safeText(message.reason)}`, 'warn'),
			)
	}
}
