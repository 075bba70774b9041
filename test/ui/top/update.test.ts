// Every key in every situation; scrolling, the filter and what comes from the node.
import assert from 'node:assert/strict'
import type {NodeState} from '../../../src/lib/node/status/node-state.js'
import type {Effect, Message, Model} from '../../../src/lib/ui/top/model/model.js'
import {layout} from '../../../src/lib/ui/top/screen/layout.js'
import type {Key} from '../../../src/lib/ui/top/terminal/keys.js'
import {update} from '../../../src/lib/ui/top/update.js'
import {ago, connected, idle, modelOf, nowMs, states, transferring} from './fixtures.js'
import {char, named, pressed} from './support.js'

const size = {columns: 80, rows: 24}
const having = (model: Model, ...messages: Message[]): Model =>
	messages.reduce((now, message) => update(now, message).model, model)
const heard = (model: Model, state: NodeState): Model => having(model, {kind: 'state', state, nowMs})

const of = (name: string): Model => modelOf(states[name] ?? null, size)

const situations: Readonly<Record<string, Model>> = {
	'nothing heard': of('nothing heard yet'),
	idle: of('connected, idle'),
	'round under way': of('transfer under way'),
	offline: of('offline'),
	'offline, no retry': modelOf(
		{...idle, link: {state: 'offline', since: ago(9), reason: 'gone', advice: [], retry_at: null}},
		size,
	),
	connecting: of('connecting again'),
	waiting: of('waiting, just started'),
	paused: of('paused'),
	held: of('held'),
	'the peer leads': modelOf({...idle, link: {...connected, leader: 'peer'}}, size),
	lost: having(of('connected, idle'), {kind: 'disconnected', reason: 'the node has ended'}),
	'sync asked for': pressed(of('connected, idle'), char('s')).model,
	'pause asked for': pressed(of('connected, idle'), char('p')).model,
	'help shown': pressed(of('connected, idle'), char('?')).model,
	'filter kept': pressed(of('connected, idle'), char('/'), char('a'), named('enter')).model,
	'too small': modelOf(idle, {columns: 10, rows: 3}),
}

const effectText = (effects: readonly Effect[]): string =>
	effects.map((effect) => (effect.kind === 'act' ? effect.action : effect.kind)).join(' ')

/** Situation, key, effects, answer. */
const rows: [string, string, string, string][] = [
	['nothing heard', 's', '', 'the node has not answered yet'],
	['nothing heard', 'p', '', 'the node has not answered yet'],
	['nothing heard', 'c', '', 'the node has not answered yet'],
	['nothing heard', '/', '', 'the node has not answered yet'],
	['nothing heard', 'j', '', 'log: no room on this screen'],
	['nothing heard', 'tab', '', ''],
	['nothing heard', '?', '', ''],
	['nothing heard', 'q', 'quit', ''],
	['idle', 's', 'sync', 'sync asked for'],
	['idle', 'p', 'pause', 'pausing'],
	['idle', 'c', 'clear-log', 'clearing the log'],
	['idle', '/', '', ''],
	['idle', 'j', '', 'log: all of it is shown'],
	['idle', 'pageUp', '', 'log: all of it is shown'],
	['idle', 'tab', '', ''],
	['idle', 'q', 'quit', ''],
	['idle', 'escape', 'quit', ''],
	['idle', 'ctrlC', 'quit', ''],
	['idle', 'ctrlZ', 'suspend', ''],
	['idle', 'ctrlL', 'redraw', ''],
	['idle', 'x', '', 'x does nothing here: ? shows the keys'],
	['idle', ' ', '', 'space does nothing here: ? shows the keys'],
	['idle', 'left', '', 'left does nothing here: ? shows the keys'],
	['idle', '\u202e', '', '\\u202e does nothing here: ? shows the keys'],
	['round under way', 's', '', 'a sync is under way'],
	['round under way', 'p', 'pause', 'pausing'],
	['round under way', 'j', '', 'log: this is the end'],
	['round under way', 'G', '', 'log: this is the end'],
	['round under way', 'k', '', ''],
	['round under way', 'g', '', ''],
	['offline', 's', 'sync', 'offline: trying now instead of in 3 s'],
	['offline', 'p', 'pause', 'pausing'],
	['offline, no retry', 's', 'sync', 'offline: trying now'],
	['connecting', 's', '', 'connecting: it syncs as soon as the peer answers'],
	['waiting', 's', '', 'nobody is connected: this side waits for the peer'],
	['waiting', 'c', '', 'the log is empty'],
	['waiting', 'k', '', 'log: nothing to scroll'],
	['paused', 's', '', 'paused: p resumes'],
	['paused', 'p', 'resume', 'resuming'],
	['held', 's', 'sync', 'sync asked for; held: git works in project/.git (index.lock)'],
	['the peer leads', 's', 'sync', 'sync asked for'],
	['lost', 's', '', 'no news: the node has ended'],
	['lost', 'p', '', 'no news: the node has ended'],
	['lost', 'c', '', 'no news: the node has ended'],
	['lost', '/', '', ''],
	['lost', 'q', 'quit', ''],
	['sync asked for', 's', '', 'the sync is asked for already'],
	['sync asked for', 'p', 'pause', 'pausing'],
	['pause asked for', 'p', '', 'asked for already'],
	['help shown', 's', 'sync', 'sync asked for'],
	['help shown', 'escape', '', ''],
	['help shown', '?', '', ''],
	['help shown', 'j', '', ''],
	['help shown', 'q', 'quit', ''],
	['help shown', 'ctrlC', 'quit', ''],
	['filter kept', 'escape', '', ''],
	['filter kept', 'q', 'quit', ''],
	['too small', 'q', 'quit', ''],
	['too small', 'k', '', 'log: no room on this screen'],
	['too small', 'tab', '', 'conflicts: no room on this screen'],
]

const names = ['tab', 'escape', 'ctrlC', 'ctrlZ', 'ctrlL', 'left', 'pageUp'] as const
const keyOf = (name: string): Key => {
	const known = names.find((one) => one === name)
	return known === undefined ? char(name) : named(known)
}

describe('ui top: keys in every situation', () => {
	for (const [situation, key, effects, said] of rows)
		it(`${situation}: ${key} ${effects === '' ? '' : `-> ${effects}`}`, () => {
			const model = situations[situation]
			assert.ok(model !== undefined)
			const got = pressed(model, keyOf(key))
			assert.deepEqual({effects: effectText(got.effects), said: got.said}, {effects, said})
		})

	it('no key throws in any situation', () => {
		for (const model of Object.values(situations))
			for (const key of [...'spc/jkgGq?x '].map(char).concat(names.map(named), {kind: 'paste', text: 'q'}))
				pressed(model, key, key)
	})

	it('an answer is over with the next key, or after some seconds', () => {
		const {model} = pressed(of('paused'), char('s'))
		assert.equal(pressed(model, named('tab')).said, '')
		assert.equal(having(model, {kind: 'tick', nowMs: nowMs + 3000, zoneMin: 0}).toast?.text, 'paused: p resumes')
		assert.equal(having(model, {kind: 'tick', nowMs: nowMs + 4000, zoneMin: 0}).toast, null)
	})

	it('what the node answers is said, made safe', () => {
		const asked = pressed(of('connected, idle'), char('s')).model
		const failed = having(asked, {kind: 'actionFailed', action: 'sync', reason: 'no\u001b[2J\nway'})
		assert.deepEqual([failed.toast?.text, failed.asking], ['no sync: no\\x1b[2J\\nway', []])
		const done = having(asked, {kind: 'actionDone', action: 'sync'})
		assert.deepEqual([done.toast?.text, done.asking], ['the sync begins', []])
	})
})

describe('ui top: panels and scrolling', () => {
	/** Numbers of the first and last row shown of the panel in focus. */
	const range = (model: Model): [number, number] => {
		const box = layout(model).boxes.find(({panel}) => panel === model.focus)
		assert.ok(box !== undefined)
		return [box.first + 1, Math.min(box.rows.count, box.first + box.height)]
	}
	const long = modelOf({...transferring, transfers: []}, size)

	const moves: [string, Key[], [number, number]][] = [
		['at first the newest', [], [29, 40]],
		['k', [char('k')], [28, 39]],
		['up, up', [named('up'), named('up')], [27, 38]],
		['k, j', [char('k'), char('j')], [29, 40]],
		['g', [char('g')], [1, 12]],
		['home, down', [named('home'), named('down')], [2, 13]],
		['a page keeps a line', [named('pageUp')], [18, 29]],
		['two pages', [named('pageUp'), named('pageUp')], [7, 18]],
		['pages stop at the top', [named('pageUp'), named('pageUp'), named('pageUp'), named('pageUp')], [1, 12]],
		['there and back', [named('pageUp'), named('pageDown')], [29, 40]],
		['g, G', [char('g'), char('G')], [29, 40]],
		['end', [char('g'), named('end')], [29, 40]],
	]
	for (const [name, keys, expected] of moves)
		it(name, () => assert.deepEqual(range(pressed(long, ...keys).model), expected))

	it('tab walks through all panels, and back', () => {
		let model = situations['idle'] ?? long
		const seen: string[] = []
		for (let i = 0; i < 4; i++) {
			model = pressed(model, named('tab')).model
			seen.push(model.focus)
		}
		assert.deepEqual(seen, ['conflicts', 'problems', 'transfers', 'log'])
		assert.equal(pressed(model, named('backTab')).model.focus, 'transfers')
	})

	const line = (id: number) => ({id, at: ago(0), level: 'info', text: `new ${id}`}) as const

	it('the newest line is followed', () => {
		const state = {...transferring, transfers: [], log: [...transferring.log, line(41)]}
		assert.deepEqual(range(heard(long, state)), [30, 41])
	})

	it('what was scrolled to stays while lines come in', () => {
		const back = pressed(long, named('pageUp')).model
		const state = {...transferring, transfers: [], log: [...transferring.log.slice(5), line(41), line(42)]}
		const now = heard(back, state)
		const shown = (model: Model) => {
			const box = layout(model).boxes.find(({panel}) => panel === 'log')
			return box?.rows.draw(box.first).at(-1)?.text
		}
		assert.equal(shown(now), shown(back))
		assert.deepEqual(range(pressed(now, char('G')).model), [26, 37])
	})

	it('after the log is cleared there is nothing to scroll', () => {
		const back = pressed(long, char('g')).model
		const now = heard(back, {...transferring, transfers: [], log: []})
		assert.equal(pressed(now, char('k')).said, 'log: nothing to scroll')
	})
})

describe('ui top: filter', () => {
	const typing = pressed(of('transfer under way'), char('/')).model
	const typed = (model: Model, text: string): Model => pressed(model, ...[...text].map(char)).model
	const found = (model: Model): number => layout(model).boxes.find(({panel}) => panel === 'log')?.rows.count ?? 0

	it('takes every character, those of keys too', () => {
		assert.equal(typed(typing, 'spq?jG').filter.text, 'spq?jG')
		assert.equal(pressed(typing, {kind: 'paste', text: 'docs/'}).model.filter.text, 'docs/')
	})

	it('finds without regard to case', () => {
		assert.equal(found(typing), 40)
		assert.equal(found(typed(typing, 'CHAPTER-1')), 5)
	})

	const ends: [string, Key, {text: string; typing: boolean}][] = [
		['Enter keeps it', named('enter'), {text: 'doc', typing: false}],
		['Esc clears it', named('escape'), {text: '', typing: false}],
		['Backspace', named('backspace'), {text: 'do', typing: true}],
		['Ctrl-U', named('ctrlU'), {text: '', typing: true}],
	]
	for (const [name, key, expected] of ends)
		it(name, () => assert.deepEqual(pressed(typed(typing, 'doc'), key).model.filter, expected))

	it('backspace takes a whole letter', () => {
		assert.equal(pressed(typed(typing, 'a👍'), named('backspace')).model.filter.text, 'a')
	})

	it('Ctrl-C leaves while it is typed', () => assert.equal(effectText(pressed(typing, named('ctrlC')).effects), 'quit'))

	it('arrows scroll while it is typed', () => {
		const model = pressed(typed(typing, 'o'), named('up')).model
		assert.deepEqual([model.filter.typing, model.scroll.log], [true, 1])
	})

	it('Esc takes one thing back at a time: help, filter, view', () => {
		const kept = pressed(typed(typing, 'doc'), named('enter'), char('?'))
		const first = pressed(kept.model, named('escape'))
		const second = pressed(first.model, named('escape'))
		const third = pressed(second.model, named('escape'))
		assert.deepEqual(
			[first.model.help, first.model.filter.text, second.model.filter.text, effectText(third.effects)],
			[null, 'doc', '', 'quit'],
		)
	})

	it('does not grow without end', () => {
		const {model} = pressed(typing, {kind: 'paste', text: 'x'.repeat(5000)})
		assert.equal(model.filter.text.length, 100)
	})
})

describe('ui top: the node comes and goes', () => {
	it('news end the silence', () => {
		const lost = situations['lost'] ?? of('offline')
		assert.equal(lost.lost, 'the node has ended')
		assert.equal(heard(lost, idle).lost, null)
	})

	it('a size that changes draws all anew', () => {
		const {model, effects} = update(of('offline'), {kind: 'resize', rows: 12, columns: 40})
		assert.deepEqual([model.screen.rows, model.screen.columns, effectText(effects)], [12, 40, 'redraw'])
	})

	it('the fault stays in sight while it is tried again', () => {
		const model = of('connecting again')
		assert.match(model.fault?.reason ?? '', /ECONNREFUSED/)
		assert.equal(heard(model, idle).fault, null)
	})
})
