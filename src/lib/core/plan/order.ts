// In which order a side carries out its steps: names are freed before they are taken, folders come before what is in them. Pure.
import type {State} from '../entries/entry.js'
import {parentOf, type RelPath} from '../paths.js'
import type {AgreeStep, LinkStep, MkdirStep, PlanStep, PutStep, RemoveStep} from './plan.js'

/** The stages of one side, each carried out whole before the next begins. */
export interface Stages {
	/** Below folders whose name a file or link takes: what is deepest comes first. */
	readonly clear: readonly RemoveStep[]
	/** Outer folders first. */
	readonly folders: readonly MkdirStep[]
	readonly files: readonly PutStep[]
	readonly links: readonly LinkStep[]
	/** What is deepest comes first. */
	readonly removals: readonly RemoveStep[]
	readonly agreements: readonly AgreeStep[]
}

/**
 * Sorts one side's steps (in path order) into stages. `kindAt`: what this side holds at a path now; `inTheWay`: goes first, with all
 * below it.
 * In path order a folder comes before what is below it, so the reverse is deepest first.
 */
export function stagesOf(
	steps: readonly PlanStep[],
	kindAt: (path: RelPath) => State['kind'] | undefined,
	inTheWay: ReadonlySet<RelPath> = new Set(),
): Stages {
	const replaced = new Set(inTheWay)
	for (const step of steps)
		if ((step.do === 'put' || step.do === 'link') && kindAt(step.path) === 'dir') replaced.add(step.path)
	const isBelowReplaced = (path: RelPath): boolean => {
		if (replaced.size === 0) return false
		for (let up = parentOf(path); up !== undefined; up = parentOf(up)) if (replaced.has(up)) return true
		return false
	}
	const clear: RemoveStep[] = []
	const folders: MkdirStep[] = []
	const files: PutStep[] = []
	const links: LinkStep[] = []
	const removals: RemoveStep[] = []
	const agreements: AgreeStep[] = []
	for (const step of steps) {
		switch (step.do) {
			case 'put':
				files.push(step)
				break
			case 'mkdir':
				folders.push(step)
				break
			case 'link':
				links.push(step)
				break
			case 'remove':
				;(inTheWay.has(step.path) || isBelowReplaced(step.path) ? clear : removals).push(step)
				break
			case 'agree':
				agreements.push(step)
		}
	}
	return {clear: clear.reverse(), folders, files, links, removals: removals.reverse(), agreements}
}
