// Finds the imports of each TypeScript file below src/, from its text, without a compiler.
import {readdirSync, readFileSync} from 'node:fs'
import {dirname, join, relative, sep} from 'node:path'

/** @typedef {{file: string, target: string, typeOnly: boolean, line: number}} Import `target`: a file below src/ or a package */

/** Source text with comments blanked; strings and line numbers stay. @param {string} text */
export const withoutComments = (text) =>
	text.replace(
		/('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
		(match, string) => (string === undefined ? match.replace(/[^\n]/g, ' ') : match),
	)

/** Paths of all TypeScript files below `src`, with `/`. @param {string} src */
export const sourceFiles = (src) =>
	readdirSync(src, {recursive: true, encoding: 'utf8'})
		.filter((file) => file.endsWith('.ts'))
		.map((file) => file.split(sep).join('/'))
		.sort()

const statement = /^\s*(?:import|export)\s+(type\s+)?(?:([^'"();]*?)\s+from\s+)?['"]([^'"]+)['"]/gm
const dynamic = /\bimport\(\s*['"]([^'"]+)['"]/g

/** True for `{type A, type B}`, which imports nothing at run time. @param {string | undefined} names */
const namesTypesOnly = (names) => {
	const inner = /^\{([\s\S]*)\}$/.exec(names?.trim() ?? '')?.[1]
	const parts =
		inner
			?.split(',')
			.map((part) => part.trim())
			.filter(Boolean) ?? []
	return parts.length > 0 && parts.every((part) => part.startsWith('type '))
}

/** @param {string} src @param {string} file @returns {Import[]} */
export function importsOf(src, file) {
	const text = withoutComments(readFileSync(join(src, file), 'utf8'))
	const lineOf = (/** @type {number} */ at) => text.slice(0, at).split('\n').length
	const resolveTarget = (/** @type {string} */ name) =>
		name.startsWith('.')
			? relative(src, join(src, dirname(file), name))
					.split(sep)
					.join('/')
					.replace(/\.js$/, '.ts')
			: name
	const found = []
	for (const match of text.matchAll(statement)) {
		const typeOnly = match[1] !== undefined || namesTypesOnly(match[2])
		const start = (match.index ?? 0) + match[0].search(/\S/)
		found.push({file, target: resolveTarget(match[3] ?? ''), typeOnly, line: lineOf(start)})
	}
	for (const match of text.matchAll(dynamic))
		found.push({file, target: resolveTarget(match[1] ?? ''), typeOnly: false, line: lineOf(match.index ?? 0)})
	return found
}

/** Circles between files, each once, as lists of files. @param {Pick<Import, 'file' | 'target'>[]} imports @returns {string[][]} */
export function circles(imports) {
	/** @type {Map<string, string[]>} */
	const graph = new Map()
	for (const {file, target} of imports) if (file !== target) graph.set(file, [...(graph.get(file) ?? []), target])
	const done = new Set()
	const found = new Map()
	const visit = (/** @type {string} */ file, /** @type {string[]} */ path) => {
		const at = path.indexOf(file)
		if (at >= 0) {
			const circle = path.slice(at)
			found.set([...circle].sort().join(), circle)
			return
		}
		if (done.has(file)) return
		for (const target of graph.get(file) ?? []) visit(target, [...path, file])
		done.add(file)
	}
	for (const file of graph.keys()) visit(file, [])
	return [...found.values()]
}
