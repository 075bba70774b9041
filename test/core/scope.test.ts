// When a scope is a new one, what peers are told of it, and whose versions the paths get that come into it.
import {deepEqual, equal, notEqual} from 'node:assert/strict'
import {
	bumpVersion,
	compareVersions,
	mergeVersions,
	parseDeviceId,
	type VersionVector,
} from '../../src/lib/core/entries/versions.js'
import {newcomerDevice, nextScope, type Scope, scopeName} from '../../src/lib/core/folder/scope.js'
import {device} from './support.js'

const scope = (rules: string, count: number, settled = true): Scope => ({rules, count, settled})

const rows: readonly (readonly [name: string, known: Scope | null, rules: string, hasPast: boolean, isNew: boolean])[] =
	[
		['the first scan ever', null, 'r', false, false],
		['the first scan by a FileSync that notes its scope', null, 'r', true, true],
		['the same rules', scope('r', 3), 'r', true, false],
		['other rules', scope('r', 3), 's', true, true],
		['other rules, and nothing was ever recorded', scope('r', 3), 's', false, true],
		['the same rules, whose first scan did not end', scope('r', 3, false), 'r', true, true],
	]

describe('core/folder/scope', () => {
	for (const [name, known, rules, hasPast, isNew] of rows)
		it(name, () => {
			const next = nextScope(known, rules, hasPast)
			equal(next.isNew, isNew)
			equal(next.scope.rules, rules)
			equal(scopeName(next.scope) === scopeName(known), known?.settled === true && known.rules === rules)
		})

	it('rules that are taken back are no rules that stayed', () => {
		const first = nextScope(null, 'r', false).scope
		const second = nextScope({...first, settled: true}, 's', true).scope
		const third = nextScope({...second, settled: true}, 'r', true).scope
		notEqual(scopeName(third), scopeName(first))
		equal(scopeName(null), '')
	})

	it('a version of a newcomer is concurrent to every one that the device gave before', () => {
		const own = device('a')
		let known: VersionVector = bumpVersion([], own, 1000)
		const ids = new Set<string>([own])
		for (let count = 1; count <= 31; count++) {
			const id = newcomerDevice(own, scope('r', count))
			equal(parseDeviceId(id), id)
			ids.add(id)
			const found = bumpVersion([], id, 1000 + count)
			equal(compareVersions(found, known), 'concurrent')
			known = mergeVersions(known, found)
		}
		equal(ids.size, 32)
		// They count round then, so that a vector has an end.
		deepEqual(newcomerDevice(own, scope('r', 32)), newcomerDevice(own, scope('r', 1)))
	})
})
