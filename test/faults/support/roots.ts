// A root folder that goes away for a while, as an unmounted disk does: an empty folder stands in its place.
import {mkdirSync, renameSync, rmSync} from 'node:fs'

/** Moves the folder aside. Call what it returns to have it back. */
export function mv(root: string): () => void {
	const aside = `${root}.aside`
	renameSync(root, aside)
	mkdirSync(root)
	return () => {
		rmSync(root, {recursive: true})
		renameSync(aside, root)
	}
}
