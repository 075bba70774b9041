// All paths of a tree in path order, from one listing a folder: sorts nothing but the names of a folder, and makes each path once.
// Never touches the disk itself.
import type {Listing} from './names.js'

/**
 * Hands every path below `top` ('': the root) to `visit`, in path order, and whether it was listed as a folder; where `visit` says that
 * it is one, what is in it is visited, too. That does not follow at once where a sibling's name goes on with a character before `/`:
 * `a`, `a!`, `a!/x`, `a/x`. A folder's listing is asked for when its content is due.
 */
export function visitInOrder(
	listingOf: (folder: string) => Listing | undefined,
	top: string,
	visit: (path: string, isFolder: boolean) => boolean,
): void {
	const listing = listingOf(top)
	if (listing === undefined) return
	const prefix = top === '' ? '' : `${top}/`
	const {names, folders} = listing
	/** Folders visited whose content comes later, the one whose content comes first at the end. */
	const open: string[] = []
	let next = 0
	for (const name of names) {
		for (let last = open.at(-1); last !== undefined && `${last}/` < name; last = open.at(-1)) {
			open.pop()
			visitInOrder(listingOf, prefix + last, visit)
		}
		const isFolder = folders[next] === name
		if (isFolder) next++
		if (visit(prefix + name, isFolder)) open.push(name)
	}
	for (let last = open.pop(); last !== undefined; last = open.pop()) visitInOrder(listingOf, prefix + last, visit)
}
