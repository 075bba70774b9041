// Asks the disk how an entry is called: where a disk folds case or Unicode form, it finds one under other names, too.
// Never changes anything.
import {lstatSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {foldedName, otherSpellings} from '../../core/folder/spelling.js'

const quietly = {throwIfNoEntry: false} as const

const stands = (at: string): boolean => lstatSync(at, quietly) !== undefined

const letters = /[a-z]/i
const ascii = /^[\0-\x7f]*$/

/** The real names of entries, by folder. Each folder is listed once, unless a name is missing. Lives for one batch: names change. */
export class Callings {
	readonly #listings = new Map<string, Set<string>>()
	/** Folders that find an entry by none but its own name, as far as case goes. */
	readonly #exact = new Set<string>()

	/** `folder`: stands for the folder at `at`. */
	namesIn(folder: string, at: string): Set<string> {
		let names = this.#listings.get(folder)
		if (names === undefined) {
			names = new Set(readdirSync(at))
			this.#listings.set(folder, names)
		}
		return names
	}

	/** The disk finds something under `name` in the folder: is that how it is called? Costs a look or two where it folds nothing. */
	isCalled(folder: string, at: string, name: string): boolean {
		const isPlain = ascii.test(name)
		if (isPlain && this.#exact.has(folder)) return true
		if (otherSpellings(name).some((other) => stands(`${at}/${other}`))) {
			if (this.namesIn(folder, at).has(name)) return true
			// It may have come since.
			this.#listings.delete(folder)
			return this.namesIn(folder, at).has(name)
		}
		if (isPlain && letters.test(name)) this.#exact.add(folder)
		return true
	}

	/** What is found under `name` and called otherwise; undefined: that cannot be told. */
	nameOf(folder: string, at: string, name: string): string | undefined {
		const folded = foldedName(name)
		return [...this.namesIn(folder, at)].find((other) => foldedName(other) === folded)
	}
}

/** What the disk finds under `name` in the folder at `at` is called otherwise: that name; undefined: it is called so. */
export function otherNameOf(at: string, name: string): string | undefined {
	const callings = new Callings()
	return callings.isCalled('', at, name) ? undefined : (callings.nameOf('', at, name) ?? 'another one')
}

/** Two paths that differ in case or Unicode form alone. */
export interface SpellingPair {
	readonly from: string
	readonly to: string
}

/**
 * For each pair: is what stands at `from` found under `to` as well, by another name than its own? A hint: who acts on it looks again.
 * Parents are not pinned.
 */
export function areOneEntry({root, pairs}: {root: string; pairs: readonly SpellingPair[]}): boolean[] {
	const callings = new Callings()
	const known = new Map<string, boolean>()
	const ask = (folder: string, name: string, other: string): boolean => {
		try {
			const at = join(root, folder)
			const probes = name.toLowerCase() === other.toLowerCase() ? otherSpellings(name) : []
			// The other name itself is asked for only where it must be: a system may cache for a second what it found under it.
			const probe = probes.find((spelling) => spelling !== other) ?? other
			if (!stands(`${at}/${probe}`)) return false
			const names = callings.namesIn(folder, at)
			return names.has(name) && !names.has(other)
		} catch {
			return false
		}
	}
	return pairs.map(({from, to}) => {
		const [old, other] = [from.split('/'), to.split('/')]
		return (
			old.length === other.length &&
			old.every((name, i) => {
				const otherName = other[i]
				if (otherName === undefined || name === otherName) return otherName !== undefined
				const folder = old.slice(0, i).join('/')
				const key = `${folder}\0${name}\0${otherName}`
				const isOne = known.get(key) ?? ask(folder, name, otherName)
				known.set(key, isOne)
				return isOne
			})
		)
	})
}
