// Bundles src/ and its libraries into three CommonJS files: the program, its worker thread, and `--version`. 550 small files cost 0.3 s at
// every start, and Node starts CommonJS 20 ms sooner than ES modules. Dynamic imports stay lazy: their modules are evaluated when reached.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, join, relative, sep} from 'node:path'
import {build} from 'esbuild'
import {licencesOf} from './licences.js'
import {slimOclif} from './slim-oclif.js'

/** Paths of the bundles in `dist`. The worker's path is that of its source below src/, by which the program loads it. */
const entryPoints = [
	{in: 'src/commands/index.ts', out: 'program'},
	{in: 'src/lib/cli/version.ts', out: 'version'},
	{in: 'src/lib/tree/worker/worker.ts', out: 'lib/tree/worker/worker'},
]

/** Not bundled: native code, and the library that only `certs gen` loads. */
const external = ['classic-level/binding.js', '@peculiar/x509']

/** Of classic-level its own JavaScript is bundled: 28 files. @type {import('esbuild').Plugin} */
const nativeBinding = {
	name: 'native-binding',
	setup: ({onResolve}) => {
		onResolve({filter: /^\.\/binding$/}, ({importer}) =>
			/classic-level[\\/]\w[\w-]*\.js$/.test(importer) ? {path: 'classic-level/binding.js', external: true} : undefined,
		)
	},
}

/**
 * Replaces `import.meta.url` in a source file by the value that it would have if the file were compiled alone: the same path below dist/.
 * Correct only in a bundle directly in dist/; `files` collects the files that use it.
 * @param {string} src @param {Set<string>} files relative to `src` @returns {import('esbuild').Plugin}
 */
const ownUrls = (src, files) => ({
	name: 'own-urls',
	setup: ({onLoad}) => {
		onLoad({filter: /\.ts$/}, ({path}) => {
			const text = readFileSync(path, 'utf8')
			if (!text.includes('import.meta.url')) return undefined
			const file = relative(src, path).split(sep).join('/')
			files.add(file)
			const place = `require('node:path').join(__dirname, '${file.replace(/\.ts$/, '.js')}')`
			return {
				contents: text.replaceAll('import.meta.url', `require('node:url').pathToFileURL(${place}).href`),
				loader: 'ts',
			}
		})
	},
})

/**
 * Escapes what is not ASCII: V8 reads ASCII text in two thirds of the time. esbuild has done so except in regular expressions, where `\u`
 * means the same. @param {string} text
 */
const inAscii = (text) => text.replace(/[^\0-\x7f]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)

/**
 * Writes the bundles of `root`/src into `outdir`. Throws for a command that src/commands/index.ts does not list, and for
 * `import.meta` where it would have no value. `commands`: their files below src/.
 * @param {{root: string, outdir: string, commands: string[]}} what
 */
export async function bundle({root, outdir, commands}) {
	/** @type {Set<string>} */
	const withUrl = new Set()
	const {metafile, outputFiles} = await build({
		absWorkingDir: root,
		bundle: true,
		platform: 'node',
		target: 'node20.19',
		format: 'cjs',
		minifyWhitespace: true,
		minifySyntax: true,
		legalComments: 'none',
		metafile: true,
		write: false,
		logLevel: 'warning',
		logOverride: {'empty-import-meta': 'error'},
		entryPoints,
		outdir,
		external,
		plugins: [slimOclif, nativeBinding, ownUrls(join(root, 'src'), withUrl)],
	})
	const inputs = Object.keys(metafile.inputs)
	const unlisted = commands.filter((file) => !inputs.includes(`src/${file}`))
	if (unlisted.length > 0) throw new Error(`src/commands/index.ts does not list ${unlisted.join(', ')}`)
	for (const [output, {inputs: own}] of Object.entries(metafile.outputs)) {
		const misplaced = [...withUrl].find((file) => own[`src/${file}`] !== undefined && !output.endsWith('/program.js'))
		if (misplaced !== undefined) throw new Error(`${misplaced} uses import.meta.url, but is in ${output}`)
	}
	for (const {path, text} of outputFiles) {
		mkdirSync(dirname(path), {recursive: true})
		writeFileSync(path, inAscii(text))
	}
	writeFileSync(join(outdir, 'package.json'), '{"type": "commonjs"}\n')
	writeFileSync(join(outdir, 'LICENSES.txt'), licencesOf(root, inputs))
}
