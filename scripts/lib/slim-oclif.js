// An esbuild plugin: of oclif only what is used is loaded, and when it is first used. Its entry loads all of it at every start.
// Its compiled files bind each module to a name of their own and use it as `name.x`, at once or later: so each use can ask for it.
// The libraries behind it come to lie in a file each: most are for what FileSync never asks of it.
import {readFileSync} from 'node:fs'
import {builtinModules, createRequire} from 'node:module'

const bound = /^(?:const|var) (\w+) = ((?:__import(?:Default|Star)\()?require\("[^"]+"\)\)?);$/gm

/** Whether this is WSL, which reads two files at every start. FileSync does not ask oclif. */
const wsl = "(await import('wsl-utils')).isWsl"

/** @param {string} text @returns {string} */
export function withLazyRequires(text) {
	/** @type {Map<string, string>} */
	const loads = new Map()
	const rest = text.replace(bound, (_, name, load) => {
		loads.set(name, load)
		return `let $${name};`
	})
	if (loads.size === 0) return text
	const names = [...loads.keys()].join('|')
	const used = rest.replace(
		new RegExp(`(?<![\\w.$'"])(${names})(?=\\.\\w|\\))`, 'g'),
		(_, name) => `($${name} ??= ${loads.get(name)})`,
	)
	const missed = new RegExp(`(?<![\\w.$'"/-])(?:${names})(?![\\w'"/-])`).exec(
		used.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, ''),
	)
	if (missed !== null) throw new Error(`a module of oclif is used otherwise than as ${missed[0]}.x`)
	return used
}

const isLibrary = (/** @type {string} */ name) =>
	!/^[./]|^node:|^@oclif\/core/.test(name) && !builtinModules.includes(name)

/** The plugin, and what else to bundle once it has run: file name → library, as esbuild takes entries. */
export function slimOclif() {
	/** @type {Map<string, string>} */
	const libraries = new Map()
	/** @type {import('esbuild').Plugin} */
	const plugin = {
		name: 'slim-oclif',
		setup: ({onLoad, onResolve}) => {
			onLoad({filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/}, ({path}) => ({
				contents: withLazyRequires(readFileSync(path, 'utf8').replaceAll(wsl, 'false')),
				loader: 'js',
			}))
			onResolve({filter: /^[a-z@]/}, ({path, importer, kind}) => {
				if (kind !== 'require-call' || !/@oclif[\\/]core[\\/]lib[\\/]/.test(importer) || !isLibrary(path))
					return undefined
				const name = `oclif-${path.replaceAll(/\W+/g, '-')}`
				libraries.set(name, createRequire(importer).resolve(path))
				return {path: `./${name}.js`, external: true}
			})
		},
	}
	return {plugin, entries: () => Object.fromEntries(libraries)}
}
