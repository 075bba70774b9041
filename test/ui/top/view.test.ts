// What is on the screen: kept as text for people to read, and for any names and any size within its bounds.
// A wanted change: FILESYNC_UPDATE_SNAPSHOTS=1 npm test test/ui/top, then look at the diff.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type {LinkState, NodeState} from '../../../src/lib/node/status/node-state.js'
import {capabilitiesOf} from '../../../src/lib/ui/capabilities.js'
import {width} from '../../../src/lib/ui/format.js'
import {sparkCells, sparkline} from '../../../src/lib/ui/top/draw/sparkline.js'
import type {Model} from '../../../src/lib/ui/top/model/model.js'
import {view} from '../../../src/lib/ui/top/screen/view.js'
import type {Key} from '../../../src/lib/ui/top/terminal/keys.js'
import {plainFrame} from '../../../src/lib/ui/top/texts/plain.js'
import {update} from '../../../src/lib/ui/top/update.js'
import {ago, connected, idle, modelOf, nowMs, offline, states, transferring} from './fixtures.js'
import {assertScreen, char, esc, named, pressed} from './support.js'

const sizes = [
	{columns: 80, rows: 24},
	{columns: 40, rows: 12},
	{columns: 120, rows: 40},
]

const framed = (model: Model): string => [`${model.screen.columns}x${model.screen.rows}`, ...view(model), ''].join('\n')

describe('ui top: screens', () => {
	for (const [name, state] of Object.entries(states))
		it(name, () => assertScreen(name, sizes.map((size) => framed(modelOf(state, size))).join('\n')))

	const size = {columns: 80, rows: 24}
	const others: [string, Model][] = [
		['help', pressed(modelOf(idle, size), char('?')).model],
		[
			'help while offline, small',
			pressed(modelOf({...idle, link: offline}, {columns: 40, rows: 12}), char('?'), char('G')).model,
		],
		['filter', pressed(modelOf(transferring, size), ...[...'/MD'].map(char)).model],
		['answer', pressed(modelOf(transferring, size), char('s')).model],
		[
			'conflicts, small',
			pressed(modelOf(states['conflicts and problems'] ?? idle, {columns: 40, rows: 12}), named('tab')).model,
		],
		[
			'problems, small',
			pressed(modelOf(states['conflicts and problems'] ?? idle, {columns: 40, rows: 12}), named('tab'), named('tab'))
				.model,
		],
		['transfers, small', pressed(modelOf(transferring, {columns: 40, rows: 12}), named('backTab')).model],
		['focus', pressed(modelOf(transferring, size), named('backTab')).model],
		['lost', update(modelOf(idle, size), {kind: 'disconnected', reason: 'the node has ended'}).model],
		['ascii', modelOf(states['foreign names'] ?? idle, size, {unicode: false, colour: false})],
		['tiny', modelOf(transferring, {columns: 20, rows: 5})],
		['too small', modelOf(transferring, {columns: 19, rows: 5})],
	]
	for (const [name, model] of others) it(name, () => assertScreen(`other-${name}`, framed(model)))

	it('one plain frame of each', () => {
		const frames = Object.entries(states).flatMap(([name, state]) =>
			state === null ? [] : [`# ${name}`, plainFrame(state, 80), ''],
		)
		assertScreen('plain', frames.join('\n'))
	})
})

/** Letters of every width, and what a hostile name is made of. */
const nasty = fc.string({
	unit: fc.constantFrom(
		...'ab/ .',
		'日',
		'🎬',
		'e\u0301',
		'👩‍👩‍👧',
		'\u001b[2J',
		'\n',
		'\t',
		'\u009b',
		'\u202e',
		'\ud800',
		'\u0007',
		'─',
		'…',
		'\u200d',
	),
	maxLength: 60,
})
const amount = fc.oneof(fc.nat(), fc.nat(5), fc.constant(2 ** 52))
const instant = fc.oneof(fc.integer({min: -100, max: 500_000}).map(ago), fc.constant('no time'))

const link: fc.Arbitrary<LinkState> = fc.oneof(
	fc.record({state: fc.constant('waiting' as const), since: instant}),
	fc.record({state: fc.constant('connecting' as const), since: instant}),
	fc.record({
		state: fc.constant('offline' as const),
		since: instant,
		reason: nasty,
		advice: fc.array(nasty, {maxLength: 4}),
		retry_at: fc.option(instant),
	}),
	fc.record({
		state: fc.constant('connected' as const),
		since: instant,
		name: nasty,
		address: nasty,
		fingerprint: fc.oneof(nasty, fc.constant(connected.fingerprint)),
		leader: fc.constantFrom('here' as const, 'peer' as const),
		round_trip_ms: fc.option(amount),
		clock_offset_ms: fc.option(fc.integer({min: -200_000, max: 200_000})),
	}),
)

const state: fc.Arbitrary<NodeState> = fc
	.record({
		device: fc.record({id: nasty, name: nasty}),
		folder: nasty,
		config: nasty,
		software: nasty,
		dials: fc.option(nasty),
		listens: fc.option(nasty),
		link,
		watching: fc.constantFrom('starting' as const, 'live' as const, 'polling' as const),
		paused: fc.boolean(),
		held: fc.option(nasty),
		pending: fc.record({changes: amount, checking: fc.boolean()}),
		round: fc.option(
			fc.record({
				phase: fc.constantFrom('connect' as const, 'scan' as const, 'transfer' as const, 'commit' as const),
				since: instant,
				files_done: amount,
				files_total: amount,
				bytes_done: amount,
				bytes_total: amount,
			}),
		),
		transfers: fc.array(
			fc.record({
				path: nasty,
				way: fc.constantFrom('up' as const, 'down' as const),
				bytes_done: amount,
				bytes_total: amount,
				since: instant,
			}),
			{maxLength: 8},
		),
		rates: fc.record({up: fc.array(amount, {maxLength: 60}), down: fc.array(amount, {maxLength: 60})}),
		conflicts: fc.array(
			fc.record({at: instant, path: nasty, copy: nasty, winner: fc.constantFrom('local' as const, 'remote' as const)}),
			{maxLength: 8},
		),
		problems: fc.array(
			fc.record({path: nasty, side: fc.constantFrom('local' as const, 'remote' as const), code: nasty, message: nasty}),
			{maxLength: 8},
		),
		log: fc.array(
			fc.record({
				id: fc.nat(),
				at: instant,
				level: fc.constantFrom('error' as const, 'warn' as const, 'info' as const),
				text: nasty,
			}),
			{maxLength: 30},
		),
	})
	.map((some) => ({...idle, ...some}))

const keys: fc.Arbitrary<Key> = fc.oneof(
	fc.constantFrom(...'spc/jkgG?x').map(char),
	fc.constantFrom('tab' as const, 'up' as const, 'pageUp' as const, 'enter' as const).map(named),
	nasty.map((text) => ({kind: 'paste', text}) as const),
)

const size = fc.record({columns: fc.integer({min: 1, max: 140}), rows: fc.integer({min: 1, max: 45})})

const sgr = new RegExp(`${esc}\\[[0-9;]*m`, 'g')

function assertWithin(model: Model): void {
	const {rows, columns, capabilities} = model.screen
	const lines = view(model)
	assert.equal(lines.length, rows)
	for (const line of lines) {
		const bare = line.replaceAll(sgr, '')
		assert.doesNotMatch(bare, /\p{Cc}|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/u)
		assert.ok(width(bare) <= columns, `${width(bare)} > ${columns}: ${bare}`)
		if (!capabilities.colour) assert.equal(bare, line)
		if (!capabilities.unicode) assert.match(bare, /^[\x20-\x7e]*$/)
	}
}

describe('ui top: bounds of the screen', () => {
	it('hold for every state, size, look and handful of keys', () => {
		const capabilities = fc.record({unicode: fc.boolean(), colour: fc.boolean()})
		fc.assert(
			fc.property(
				state,
				size,
				capabilities,
				fc.array(keys, {maxLength: 6}),
				fc.boolean(),
				(some, screen, as, typed, isLost) => {
					const {model} = pressed(modelOf(some, screen, as), ...typed)
					assertWithin(isLost ? update(model, {kind: 'disconnected', reason: some.folder}).model : model)
				},
			),
			{numRuns: 300},
		)
	})

	it('hold before the first state', () => {
		fc.assert(
			fc.property(size, nasty, (screen, reason) => {
				assertWithin(update(modelOf(null, screen), {kind: 'disconnected', reason}).model)
			}),
		)
	})

	it('a plain frame holds no control but line feeds', () => {
		fc.assert(
			fc.property(state, (some) => {
				assert.doesNotMatch(plainFrame(some, 80).replaceAll('\n', ''), /\p{Cc}|\p{Cs}/u)
			}),
		)
	})
})

describe('ui top: calm', () => {
	it('the same news half a second later draw the same screen', () => {
		const model = modelOf(idle, {columns: 80, rows: 24})
		const later = update(model, {kind: 'state', state: {...idle, at: ago(-0.5)}, nowMs: nowMs + 500}).model
		assert.deepEqual(view(later), view(model))
	})

	it('colour says nothing that the text does not', () => {
		for (const one of Object.values(states)) {
			const bare = view(modelOf(one, {columns: 80, rows: 24}, {unicode: true, colour: true})).map((line) =>
				line.replaceAll(sgr, ''),
			)
			assert.deepEqual(bare, view(modelOf(one, {columns: 80, rows: 24})))
		}
	})

	const looks: [string, Record<string, string>, number, boolean, boolean][] = [
		['nothing set', {}, 4, true, true],
		['UTF-8', {LANG: 'de_DE.UTF-8'}, 8, true, true],
		['utf8, by LC_ALL', {LC_ALL: 'C.utf8', LANG: 'C'}, 4, true, true],
		['C', {LANG: 'C'}, 4, false, true],
		['POSIX before LANG', {LC_ALL: 'POSIX', LANG: 'en_US.UTF-8'}, 4, false, true],
		['LC_CTYPE', {LC_CTYPE: 'en_US.ISO-8859-1', LANG: 'en_US.UTF-8'}, 4, false, true],
		['the Linux console', {LANG: 'en_US.UTF-8', TERM: 'linux'}, 4, false, true],
		['no colours', {LANG: 'en_US.UTF-8'}, 1, true, false],
	]
	for (const [name, env, depth, unicode, colour] of looks)
		it(`capabilities: ${name}`, () => assert.deepEqual(capabilitiesOf(env, depth), {unicode, colour}))
})

describe('ui top: sparkline', () => {
	const rows: [string, number[], number, string][] = [
		['nothing known', [], 4, '    '],
		['the newest at the right', [0, 7, 14], 60, `${' '.repeat(57)}·▄▇`],
		['the highest of two seconds', [0, 14, 7, 0], 30, `${' '.repeat(28)}▇▄`],
		['a burst shows', Array.from({length: 60}, (_, i) => (i === 59 ? 1 : 0)), 12, '···········▁'],
		['as wide as whole seconds allow', [], 45, ' '.repeat(30)],
		['no room', [1], 0, ''],
	]
	for (const [name, values, cells, expected] of rows)
		it(name, () => {
			assert.equal(sparkline(values, cells, 14), expected)
			assert.equal(sparkCells(cells), expected.length)
		})
})
