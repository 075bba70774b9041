// The real files that the demo syncs, copied from packages on every machine that can run it. Never changes the originals.
import {spawnSync} from 'node:child_process'
import {constants, cpSync, existsSync, lstatSync, readdirSync, statSync} from 'node:fs'
import {dirname, join} from 'node:path'

/** @typedef {{files: number, links: number, folders: number, bytes: number}} Counts */

/** Counts files, links, folders and bytes below a folder. @param {string} folder @returns {Counts} */
export function countTree(folder) {
	const counts = {files: 0, links: 0, folders: 0, bytes: 0}
	const todo = [folder]
	for (let at = todo.pop(); at !== undefined; at = todo.pop())
		for (const entry of readdirSync(at, {withFileTypes: true})) {
			const path = join(at, entry.name)
			if (entry.isDirectory()) {
				counts.folders++
				todo.push(path)
			} else if (entry.isSymbolicLink()) counts.links++
			else if (entry.isFile()) {
				counts.files++
				counts.bytes += statSync(path).size
			}
		}
	return counts
}

/** True for files that a second copy includes; large ones would only add bytes. @param {string} file */
const isSmall = (file) => lstatSync(file).size <= 100_000

/** npm's own folder: beside this Node, or that of the npm that runs this script. */
function npmFolder() {
	const beside = dirname(process.execPath)
	const {npm_execpath: cli} = process.env
	const places = [
		join(beside, '..', 'lib', 'node_modules', 'npm'),
		join(beside, 'node_modules', 'npm'),
		...(cli === undefined ? [] : [join(dirname(cli), '..')]),
	]
	return places.find((place) => existsSync(join(place, 'package.json')))
}

/**
 * Copies at least `least` real files to `target`: this project's node_modules, npm's own tree, and, if that is still too
 * few, node_modules once more under another name. Returns what was taken.
 * @param {string} root the project @param {string} target @param {number} least
 * @returns {(Counts & {name: string, what: string})[]}
 */
export function takeRealTree(root, target, least) {
	const modules = join(root, 'node_modules')
	const npm = npmFolder()
	/** @type {(Counts & {name: string, what: string})[]} */
	const taken = []
	const take = (
		/** @type {string} */ source,
		/** @type {string} */ name,
		/** @type {string} */ what,
		filter = (/** @type {string} */ _file) => true,
	) => {
		const options = {
			filter,
			recursive: true,
			verbatimSymlinks: true,
			preserveTimestamps: true,
			mode: constants.COPYFILE_FICLONE,
		}
		cpSync(source, join(target, name), options)
		taken.push({name, what, ...countTree(join(target, name))})
	}
	const total = () => taken.reduce((sum, {files}) => sum + files, 0)
	take(modules, 'modules', "this project's node_modules")
	if (npm !== undefined) take(npm, 'npm', "npm's own files")
	for (let copy = 2; total() < least && copy <= 10; copy++)
		take(modules, `modules-${copy}`, 'the smaller files of node_modules once more', isSmall)
	if (total() < least) throw new Error(`only ${total()} real files found, ${least} are wanted: run npm ci first`)
	// Writes out the copied files now: otherwise the first sync would wait for them when it syncs the disk.
	if (process.platform === 'linux') spawnSync('sync', ['-f', target], {stdio: 'ignore'})
	return taken
}
