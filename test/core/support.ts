// Short words for the tables: entries, versions, plans. Decides nothing.

import type {Entry, State} from '../../src/lib/core/entries/entry.js'
import type {VersionVector} from '../../src/lib/core/entries/versions.js'
import type {DecideOptions, Pair} from '../../src/lib/core/plan/decide.js'
import type {Plan, PlanStep} from '../../src/lib/core/plan/plan.js'
import {type ReconcileOptions, reconcile} from '../../src/lib/core/plan/reconcile.js'
import {rel} from './model/disk.js'
import {device} from './model/replica.js'

export {device, rel}

/** `v('a3 b1')`: device a at 3, device b at 1. */
export const v = (text: string): VersionVector =>
	text
		.split(' ')
		.filter((word) => word !== '')
		.map((word) => [device(word.slice(0, 1)), Number(word.slice(1))] as const)

export const sec = 1e6
/** A file: content by name, mtime in seconds. */
export const file = (content: string, atSec = 100, size = 10, mode = 0o644) =>
	({kind: 'file', size, mtime: atSec * sec, mode, hash: content}) as const
export const dir = (mode = 0o755) => ({kind: 'dir', mtime: 0, mode}) as const
export const link = (target: string, atSec = 100) => ({kind: 'symlink', mtime: atSec * sec, target}) as const
export const gone = {kind: 'gone', since: 1} as const

export const entry = (path: string, state: State, version: string): Entry => ({
	path: rel(path),
	state,
	version: v(version),
})

export const options: DecideOptions = {
	device: device('l'),
	nowSec: 1000,
	rules: {mtimeSkewSec: 2, clockOffsetSec: 0, names: {local: 'laptop', remote: 'phone'}},
	direction: 'both',
	force: false,
}

type Half = readonly [state: State, version: string] | null

/** A pair by path, local and remote. */
export const pair = (path: string, local: Half, remote: Half | 'agreed'): Pair => ({
	path: rel(path),
	local: local === null ? null : entry(path, ...local),
	remote: remote === null || remote === 'agreed' ? remote : entry(path, ...remote),
})

export const planFor = (pairs: readonly Pair[], more: Partial<ReconcileOptions> = {}): Plan =>
	reconcile(pairs, {...options, standing: () => [], ...more})

/** `put a <- b as c`: a step in words, without versions. */
export function words(step: PlanStep): string {
	const source = step.do === 'put' && step.source !== step.path ? ` <- ${step.source}` : ''
	return `${step.do} ${step.path}${source}${step.keepAs === null ? '' : ` keep ${step.keepAs.path}`}`
}

export const story = (plan: Plan): {local: string[]; remote: string[]} => ({
	local: plan.local.map(words),
	remote: plan.remote.map(words),
})
