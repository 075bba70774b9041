// The small alphabet: every single operation that a user can do to a small folder, as edits of the model. Knows disks, no plan.
// Three names (a, b, d), folders at the top level only.
import type {RelPath} from '../../../src/lib/core/paths.js'
import {type Disk, rel} from '../model/disk.js'
import {type Edit, Ledger, perform} from '../model/edits.js'

export interface Operation {
	/** As a person reads it: `rename d to b`. */
	readonly words: string
	readonly edits: readonly Edit[]
}

const names = ['a', 'b', 'd'].map(rel)
/** The names that a folder may hold. */
const namesBelow = ['a', 'b']
/** Seconds that an edit with an older time dates back: before the start. */
const olderSec = -1000

const below = (folder: RelPath): RelPath[] => namesBelow.map((name) => rel(`${folder}/${name}`))

/** All operations that change this disk. A file is also made empty, and with a content that both sides make. */
export function operationsOn(disk: Disk): Operation[] {
	const found: Operation[] = []
	const add = (words: string, ...edits: Edit[]): void => {
		found.push({words, edits})
	}
	const folders = names.filter((name) => disk.at(name)?.kind === 'dir')
	const places = [...names, ...folders.flatMap(below)]
	const free = places.filter((place) => disk.at(place) === undefined)
	for (const at of free) {
		add(`create ${at}`, {do: 'write', at, size: 3})
		add(`create ${at}, empty`, {do: 'write', at, size: 0})
		add(`create ${at} with the shared content`, {do: 'common', at, which: 0})
		if (names.includes(at)) add(`mkdir ${at}`, {do: 'mkdir', at})
	}
	for (const at of places) {
		const node = disk.at(at)
		if (node === undefined) continue
		if (node.kind === 'dir') {
			add(`rmdir ${at} with all below`, {do: 'remove', at})
			add(`chmod ${at}`, {do: 'chmod', at, mode: node.mode === 0o755 ? 0o700 : 0o755})
			add(`replace folder ${at} by a file`, {do: 'folder-to-file', at})
			for (const to of free) if (names.includes(to)) add(`rename folder ${at} to ${to}`, {do: 'rename', at, to})
			continue
		}
		const edit: Edit = node.size === 0 ? {do: 'write', at, size: 3} : {do: 'rewrite', at, hidden: false}
		add(`edit ${at}`, edit)
		add(`edit ${at} with an older time`, edit, {do: 'touch', at, shiftSec: olderSec})
		add(`delete ${at}`, {do: 'remove', at})
		add(`chmod ${at}`, {do: 'chmod', at, mode: node.mode === 0o644 ? 0o600 : 0o644})
		if (names.includes(at)) add(`replace file ${at} by a folder`, {do: 'file-to-folder', at})
		for (const to of places)
			if (to !== at && disk.at(to)?.kind !== 'dir' && !to.startsWith(`${at}/`))
				add(`rename file ${at} to ${to}`, {do: 'rename', at, to})
	}
	return found
}

const verbs: Partial<Record<Edit['do'], string>> = {write: 'new', rewrite: 'edit', 'folder-to-file': 'file'}

/** Names contents by who wrote what where, so that two ways to the same folder end with the same contents. At most 15 characters. */
class NamedContents extends Ledger {
	readonly #name: string

	constructor(name: string) {
		super()
		this.#name = name
	}

	override fresh(): string {
		return this.#name
	}
}

/** Does an operation. `mtimeSec` of what it writes. */
export function operate({edits}: Operation, disk: Disk, user: string, mtimeSec: number): void {
	for (const edit of edits) {
		const name = `${user} ${verbs[edit.do] ?? edit.do} ${edit.at}`
		// The second edit of one file has another content.
		const isSecond = disk.at(edit.at)?.content === name
		perform(edit, disk, mtimeSec * 1e6, new NamedContents(isSecond ? `${user} re ${edit.at}` : name))
	}
}

/** Does the operation that these words name; fails where it is not possible. */
export function operateByWords(words: string, disk: Disk, user: string, mtimeSec: number): void {
	const operation = operationsOn(disk).find((one) => one.words === words)
	if (operation === undefined) throw new RangeError(`no operation "${words}"`)
	operate(operation, disk, user, mtimeSec)
}
