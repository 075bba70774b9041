// From the ES modules that esbuild splits to CommonJS, which it does not split: Node starts a CommonJS program 20 ms sooner,
// finds the files of one without a round of its event loop each, and reads no more of its own modules than is asked for.
import {basename} from 'node:path'
import {transform} from 'esbuild'

/** Between chunks; packages are left to Node, because some of them are ES modules. */
const importOfChunk = /\bimport\("(\.\.?\/[^"]+)"\)/g
const exportsOfChunk = /\bexport\{([^}]*)\};?\s*$/
const requireOfChunk = /\b(import_\w+)=require\("(\.\.?\/[^"]+)"\)/g

/** What `import.meta.url` is in CommonJS. */
const ownUrl = 'const $url=require("node:url").pathToFileURL(__filename).href;'

/** The exports of a chunk that keep the value they have once it is loaded; when in doubt, one is left out. @param {string} text */
function constantsOf(text) {
	const exported = exportsOfChunk.exec(text)?.[1] ?? ''
	// A module that esbuild evaluates later gives its exports their values then.
	if (exported === '' || /\b__esm\(/.test(text)) return new Set()
	const names = exported.split(',').map((one) => one.split(' as '))
	return new Set(
		names
			.filter(([local = '']) => {
				const name = local.replaceAll('$', '\\$')
				const declared = new RegExp(`(?<![\\w$.])(?:function\\*?|class) ${name}(?![\\w$])`).test(text)
				const set = text.match(new RegExp(`(?<![\\w$.])${name}(?:=(?![=>])|\\+\\+|--|[-+*/%&|^?<>]{1,3}=)`, 'g')) ?? []
				return set.length === (declared ? 0 : 1)
			})
			.map(([local = '', name = local]) => name),
	)
}

/**
 * Chunks see what others export through getters, which a loop over 100,000 records feels: what is constant gets a name here.
 * @param {string} text @param {ReadonlyMap<string, Set<string>>} constants by file name
 */
function withNames(text, constants) {
	let named = text
	for (const [asked, holder = '', file = ''] of text.matchAll(requireOfChunk)) {
		/** @type {Set<string>} */
		const used = new Set()
		const known = constants.get(basename(file)) ?? new Set()
		named = named.replace(
			new RegExp(`\\(0,${holder}\\.([\\w$]+)\\)|\\b${holder}\\.([\\w$]+)`, 'g'),
			(found, called, read) => {
				const name = called ?? read
				if (!known.has(name)) return found
				used.add(name)
				// `return(0,…)` has no blank of its own.
				return `${called === undefined ? '' : ' '}${holder}$${name}`
			},
		)
		const names = [...used].map((name) => `,${holder}$${name}=${holder}.${name}`)
		named = named.replace(asked, () => asked + names.join(''))
	}
	return named
}

/**
 * `files`: esbuild's outputs, minified, as ES modules; they import each other in no circle.
 * @param {readonly {path: string, text: string}[]} files @returns {Promise<{path: string, text: string}[]>}
 */
export async function toCommonJs(files) {
	const constants = new Map(files.map(({path, text}) => [basename(path), constantsOf(text)]))
	return Promise.all(
		files.map(async ({path, text}) => {
			const asked = text.replace(importOfChunk, 'Promise.resolve().then(()=>require("$1"))')
			const {code} = await transform(asked, {
				format: 'cjs',
				platform: 'node',
				target: 'node20.19',
				minifyWhitespace: true,
				minifySyntax: true,
				legalComments: 'none',
				define: {'import.meta.url': '$url'},
				banner: text.includes('import.meta.url') ? ownUrl : '',
				logLevel: 'warning',
			})
			return {path, text: withNames(code, constants)}
		}),
	)
}
