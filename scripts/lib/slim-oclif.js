// An esbuild plugin that loads each module of oclif when it is first used; oclif's entry point loads all at every start.
// Its compiled files bind each required module to a name and use it as `name.x`, so each use can be replaced by a lazy load.
import {readFileSync} from 'node:fs'

const bound = /^(?:const|var) (\w+) = ((?:__import(?:Default|Star)\()?require\("[^"]+"\)\)?);$/gm

/** oclif's test for WSL, which reads two files at every start. FileSync does not need it. */
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

/** Code that FileSync does not need: oclif's search for commands and plugins, and a spinner. A tenth of the program. */
const unused = /^(?:cli-spinners|lilconfig|minimatch|tinyglobby|wsl-utils)$/

/** @type {import('esbuild').Plugin} */
export const slimOclif = {
	name: 'slim-oclif',
	setup: ({onLoad, onResolve}) => {
		onLoad({filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/}, ({path}) => ({
			contents: withLazyRequires(readFileSync(path, 'utf8').replaceAll(wsl, 'false')),
			loader: 'js',
		}))
		onResolve({filter: unused}, ({path, importer}) =>
			/@oclif[\\/]core[\\/]lib[\\/]/.test(importer) ? {path, namespace: 'unused'} : undefined,
		)
		onLoad({filter: /.*/, namespace: 'unused'}, ({path}) => ({
			contents: `throw new Error('${path} is not in this bundle')`,
		}))
	},
}
