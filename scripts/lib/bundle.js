// Bundles src/ and the libraries it uses into few files: 550 small ones cost 0.3 s at every start, 50 cost 0.1 s.
// Entries: the program, the commands (oclif finds them by their file) and the worker thread. What they share lies in chunks.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, join, relative, sep} from 'node:path'
import {build} from 'esbuild'
import {toCommonJs} from './commonjs.js'
import {circles} from './imports.js'
import {licencesOf} from './licences.js'
import {slimOclif} from './slim-oclif.js'

/** Chunks lie beside the worker: code that asks for files by `import.meta.url` finds them from there as it does from src/. */
const chunkFolder = 'lib/tree/worker'

/** Native code stays in its package, and so does what only `certs gen` loads. */
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
 * Writes the bundle of `root`/src into `outdir`. `commands`: their files below src/. Throws where a file that uses
 * `import.meta.url` came to lie elsewhere than beside the worker.
 * @param {{root: string, outdir: string, commands: string[]}} what
 */
export async function bundle({root, outdir, commands}) {
	/** @type {import('esbuild').BuildOptions & {write: false, metafile: true}} */
	const common = {
		absWorkingDir: root,
		bundle: true,
		platform: 'node',
		target: 'node20.19',
		minifyWhitespace: true,
		minifySyntax: true,
		legalComments: 'none',
		metafile: true,
		write: false,
		logLevel: 'warning',
	}
	const oclif = slimOclif()
	const {metafile, outputFiles} = await build({
		...common,
		entryPoints: ['src/lib/cli/main.ts', 'src/lib/tree/worker/worker.ts', ...commands.map((file) => `src/${file}`)],
		outbase: 'src',
		outdir,
		chunkNames: `${chunkFolder}/[name]-[hash]`,
		splitting: true,
		format: 'esm',
		external,
		plugins: [oclif.plugin, nativeBinding],
	})
	const imports = Object.entries(metafile.outputs).flatMap(([file, output]) =>
		output.imports.flatMap(({path, kind}) => (kind === 'import-statement' ? [{file, target: path}] : [])),
	)
	const [circle] = circles(imports)
	if (circle !== undefined) throw new Error(`chunks import each other: ${circle.join(', ')}`)
	for (const {path, text} of await toCommonJs(outputFiles)) {
		mkdirSync(dirname(path), {recursive: true})
		writeFileSync(path, text)
	}
	const libraries = await build({
		...common,
		entryPoints: oclif.entries(),
		outdir: join(outdir, chunkFolder),
		format: 'cjs',
	})
	for (const {path, contents} of libraries.outputFiles) writeFileSync(path, contents)
	writeFileSync(join(outdir, 'package.json'), '{"type": "commonjs"}\n')
	writeFileSync(
		join(outdir, 'LICENSES.txt'),
		licencesOf(root, Object.keys({...metafile.inputs, ...libraries.metafile.inputs})),
	)
	for (const [output, {inputs}] of Object.entries(metafile.outputs)) {
		const folder = relative(outdir, dirname(join(root, output)))
			.split(sep)
			.join('/')
		if (folder === chunkFolder) continue
		const misplaced = Object.keys(inputs).find(
			(input) => input.startsWith('src/') && readFileSync(join(root, input), 'utf8').includes('import.meta.url'),
		)
		if (misplaced !== undefined) throw new Error(`${misplaced} is in ${output}, and not in ${chunkFolder}/`)
	}
}
