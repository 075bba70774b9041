// Temporary folders for the tests of this module; each test gets its own, removed when it ends.
import {mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'

/** Runs `body` with a new, empty folder. */
export async function withTemp(body: (folder: string) => void | Promise<void>): Promise<void> {
	const folder = realpathSync(mkdtempSync(join(tmpdir(), 'filesync-tree-')))
	try {
		await body(folder)
	} finally {
		rmSync(folder, {recursive: true, force: true})
	}
}

/** Makes files (value: content) and folders (key ends with `/`). */
export function plant(root: string, tree: Readonly<Record<string, string>>): void {
	for (const [path, content] of Object.entries(tree)) {
		const full = join(root, path)
		if (path.endsWith('/')) mkdirSync(full, {recursive: true})
		else {
			mkdirSync(dirname(full), {recursive: true})
			writeFileSync(full, content)
		}
	}
}
