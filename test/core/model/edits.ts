// What a user does to one replica's disk, and what must survive of it. Knows disks only, no plan.
import {parentOf, type RelPath} from '../../../src/lib/core/paths.js'
import type {Disk, Look} from './disk.js'

export type Edit =
	| {readonly do: 'write'; readonly at: RelPath; readonly size: number}
	| {readonly do: 'common'; readonly at: RelPath; readonly which: number}
	| {readonly do: 'rewrite'; readonly at: RelPath; readonly hidden: boolean}
	| {readonly do: 'touch'; readonly at: RelPath; readonly shiftSec: number}
	| {readonly do: 'chmod'; readonly at: RelPath; readonly mode: number}
	| {readonly do: 'remove'; readonly at: RelPath}
	| {readonly do: 'rename'; readonly at: RelPath; readonly to: RelPath}
	| {readonly do: 'swap'; readonly at: RelPath; readonly to: RelPath}
	| {readonly do: 'copy'; readonly at: RelPath; readonly to: RelPath}
	| {readonly do: 'mkdir'; readonly at: RelPath}
	| {readonly do: 'link'; readonly at: RelPath}
	| {readonly do: 'file-to-folder'; readonly at: RelPath}
	| {readonly do: 'folder-to-file'; readonly at: RelPath}

/** Contents that users wrote, and those that a user took away where they had been seen. */
export class Ledger {
	readonly written = new Set<string>()
	readonly released = new Set<string>()
	#last = 0

	/** A content that nobody has yet. */
	fresh(kind: string): string {
		return `${kind}${++this.#last}`
	}

	owed(): string[] {
		return [...this.written].filter((content) => content !== '' && !this.released.has(content))
	}
}

/** The user takes away what stands at a path, with all below. */
function takeAway(disk: Disk, path: RelPath, ledger: Ledger): void {
	for (const one of [...disk.below(path), path].sort().reverse()) {
		const node = disk.at(one)
		if (node === undefined) continue
		if (node.kind !== 'dir') ledger.released.add(node.content)
		disk.remove(one)
	}
}

/** Makes the folders above a path; false where something else stands in the way. */
function makeRoom(disk: Disk, path: RelPath, look: Look): boolean {
	const parent = parentOf(path)
	if (parent === undefined) return true
	const node = disk.at(parent)
	if (node !== undefined) return node.kind === 'dir'
	if (!makeRoom(disk, parent, look)) return false
	disk.put(parent, {...look, kind: 'dir', content: '', size: 0, mode: 0o755})
	return true
}

/** Does an edit where it is possible; returns the paths it touched. `mtime` in microseconds by the replica's clock. */
export function perform(edit: Edit, disk: Disk, mtime: number, ledger: Ledger): RelPath[] {
	const file = (content: string, size: number): Look => ({kind: 'file', content, size, mtime, mode: 0o644})
	const folder: Look = {kind: 'dir', content: '', size: 0, mtime, mode: 0o755}
	const node = disk.at(edit.at)
	const replace = (look: Look): RelPath[] => {
		if (node?.kind === 'dir' || !makeRoom(disk, edit.at, look)) return []
		if (node !== undefined && node.content !== look.content) ledger.released.add(node.content)
		disk.put(edit.at, look)
		ledger.written.add(look.content)
		return [edit.at]
	}
	switch (edit.do) {
		case 'write':
			return replace(file(edit.size === 0 ? '' : ledger.fresh('c'), edit.size))
		case 'common':
			return replace(file(`common${edit.which}`, 3))
		case 'link':
			return replace({kind: 'symlink', content: ledger.fresh('->'), size: 5, mtime, mode: 0o777})
		case 'rewrite': {
			if (node?.kind !== 'file' || node.size === 0) return []
			const content = ledger.fresh('c')
			ledger.released.add(node.content)
			ledger.written.add(content)
			disk.change(edit.at, {content, mtime: edit.hidden ? node.mtime : mtime})
			return [edit.at]
		}
		case 'touch':
			if (node === undefined || node.kind === 'dir') return []
			disk.change(edit.at, {mtime: mtime + edit.shiftSec * 1e6})
			return [edit.at]
		case 'chmod':
			if (node === undefined || node.kind === 'symlink') return []
			disk.change(edit.at, {mode: edit.mode})
			return [edit.at]
		case 'remove': {
			if (node === undefined) return []
			const touched = [edit.at, ...disk.below(edit.at)]
			takeAway(disk, edit.at, ledger)
			return touched
		}
		case 'mkdir':
			if (node !== undefined || !makeRoom(disk, edit.at, folder)) return []
			disk.put(edit.at, folder)
			return [edit.at]
		case 'file-to-folder':
			if (node === undefined || node.kind === 'dir') return []
			takeAway(disk, edit.at, ledger)
			disk.put(edit.at, folder)
			return [edit.at]
		case 'folder-to-file': {
			if (node?.kind !== 'dir') return []
			const touched = [edit.at, ...disk.below(edit.at)]
			takeAway(disk, edit.at, ledger)
			const content = ledger.fresh('c')
			ledger.written.add(content)
			disk.put(edit.at, file(content, 4))
			return touched
		}
		case 'copy': {
			if (node?.kind !== 'file' || disk.at(edit.to) !== undefined || !makeRoom(disk, edit.to, folder)) return []
			disk.put(edit.to, {...node, mtime})
			return [edit.to]
		}
		case 'rename': {
			const isInside = `${edit.to}/`.startsWith(`${edit.at}/`) || `${edit.at}/`.startsWith(`${edit.to}/`)
			if (node === undefined || isInside) return []
			const target = disk.at(edit.to)
			if (target?.kind === 'dir' || (target !== undefined && node.kind === 'dir')) return []
			if (!makeRoom(disk, edit.to, folder)) return []
			const from = [edit.at, ...disk.below(edit.at)]
			if (target !== undefined) takeAway(disk, edit.to, ledger)
			disk.move(edit.at, edit.to)
			return [...from, edit.to, ...disk.below(edit.to)]
		}
		case 'swap': {
			const other = disk.at(edit.to)
			if (node?.kind !== 'file' || other?.kind !== 'file' || node.content === other.content) return []
			disk.put(edit.at, other)
			disk.put(edit.to, node)
			return [edit.at, edit.to]
		}
	}
}
