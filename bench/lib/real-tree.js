// A tree that grew by itself: this project's node_modules, links and all. Never changes what it copies from.
import {constants, cpSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {countTree} from '../../scripts/lib/demo-tree.js'

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
/** Holds the links; copied whole at every scale. */
const links = '.bin'

/** Every `1/scale`-th package. @param {number} scale at most 1 @returns {import('./trees.js').Tree} */
export function realTree(scale) {
	const packages = readdirSync(modules)
		.filter((name) => !name.startsWith('.'))
		.sort()
		.filter((_, i) => Math.floor((i + 1) * scale) > Math.floor(i * scale))
	const counts = packages.map((name) => countTree(join(modules, name)))
	return {
		files: counts.reduce((sum, {files}) => sum + files, 0),
		bytes: counts.reduce((sum, {bytes}) => sum + bytes, 0),
		make: (root) => {
			const options = {
				recursive: true,
				verbatimSymlinks: true,
				preserveTimestamps: true,
				mode: constants.COPYFILE_FICLONE,
			}
			for (const name of [links, ...packages]) cpSync(join(modules, name), join(root, name), options)
		},
	}
}
