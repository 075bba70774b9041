// What is wrong with a pair after a fault and the syncs that followed, in kinds. Looks only; knows no faults.
import {lstatSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import type {Dir} from '../../e2e/support/dir.js'
import type {Fixture} from './fixture.js'

export const kinds = [
	'lost',
	'resurrected',
	'repeated copy',
	'false edit',
	'metadata',
	'unequal sides',
	'left over',
	'wrong exit',
	'node ended',
	'not at rest',
	'hang',
] as const

export type Kind = (typeof kinds)[number]

export interface Wrong {
	readonly kind: Kind
	readonly what: string
}

const copyOf = /^(.*)\.sync-conflict-\d{8}-\d{6}-[^/.]+?(?:-\d+)?$/

interface Shown {
	readonly content: string
	/** Kind, mode, mtime and content. */
	readonly all: string
}

/** The entries of a folder by path. */
function entriesOf(dir: Dir): Map<string, Shown> {
	return new Map(
		dir.replica.map((line) => {
			const [, name = '', rest = ''] = /^("(?:[^"\\]|\\.)*") (.*)$/s.exec(line) ?? []
			const path: string = JSON.parse(name)
			return [path, {all: rest, content: rest.slice(rest.indexOf('"'))}]
		}),
	)
}

/** Compares a side with what the fixture expects. */
function wrongTree(side: string, dir: Dir, fixture: Fixture): Wrong[] {
	const found = entriesOf(dir)
	const expected = entriesOf(fixture.expected)
	const wrong: Wrong[] = []
	const tell = (kind: Kind, what: string): void => void wrong.push({kind, what: `${side}: ${what}`})
	const copies = new Map<string, string[]>()
	for (const [path, {content}] of found) {
		const [, base] = copyOf.exec(path) ?? []
		if (base === undefined || expected.has(path)) continue
		copies.set(base, [...(copies.get(base) ?? []), content])
	}
	for (const {path, content} of fixture.losers) {
		const kept = copies.get(path) ?? []
		const equal = kept.filter((one) => one === JSON.stringify(content)).length
		if (equal === 0) tell('lost', `no conflict copy of ${path} holds the loser`)
		if (equal > 1) tell('repeated copy', `${equal} conflict copies of ${path} hold the same`)
		if (kept.length > equal)
			tell('false edit', `a conflict copy of ${path} holds what did not lose: ${kept.join(' | ')}`)
		copies.delete(path)
	}
	for (const [path, kept] of copies)
		tell('false edit', `${path} has a conflict copy, though one side alone wrote it: ${kept.join(' | ')}`)
	for (const [path, {all, content}] of expected) {
		const there = found.get(path)
		if (there === undefined) tell('lost', `${path} is missing, which holds ${content}`)
		else if (there.content !== content)
			tell(copies.has(path) ? 'false edit' : 'lost', `${path} holds ${there.content}, not ${content}`)
		else if (there.all !== all) tell('metadata', `${path} is ${there.all}, not ${all}`)
	}
	for (const [path, {content}] of found) {
		if (expected.has(path) || copyOf.test(path)) continue
		tell(
			'resurrected',
			`${path} stands, ${fixture.removed.has(path) ? 'which was removed' : 'which nobody made'}, and holds ${content}`,
		)
	}
	return wrong
}

/** What a side keeps of its own that it should not. */
function leftOver(side: string, dir: Dir): Wrong[] {
	const own = dir.at('.filesync')
	const wrong: Wrong[] = []
	for (const name of readdirSync(own)) {
		const held = lstatSync(join(own, name)).isDirectory() && name !== 'trash' ? readdirSync(join(own, name)) : []
		if (/^probe-/.test(name)) wrong.push({kind: 'left over', what: `${side}: .filesync/${name}`})
		for (const inner of held) wrong.push({kind: 'left over', what: `${side}: .filesync/${name}/${inner}`})
	}
	return wrong
}

/** All that is wrong with both sides. */
export function judge(fixture: Fixture, alpha: Dir, beta: Dir): Wrong[] {
	const gone = (['alpha', 'beta'] as const).flatMap((side) =>
		fixture.lost(side).map((content) => ({
			kind: 'lost' as const,
			what: `${side}: neither folder nor trash holds "${content.slice(0, 60)}"`,
		})),
	)
	const wrong = [...gone, ...wrongTree('alpha', alpha, fixture), ...leftOver('alpha', alpha), ...leftOver('beta', beta)]
	const here = alpha.replica
	const there = new Set(beta.replica)
	const onlyHere = here.filter((line) => !there.delete(line))
	if (onlyHere.length + there.size === 0) return wrong
	const what = `only at alpha: ${onlyHere.join(', ')}; only at beta: ${[...there].join(', ')}`
	return [...wrong, ...wrongTree('beta', beta, fixture), {kind: 'unequal sides', what}]
}
