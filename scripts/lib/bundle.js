// Bundles src/ and the libraries it uses into few files: 550 small ones cost 0.3 s at every start, 50 cost 0.1 s.
// Entries: the program, the commands (oclif finds them by their file) and the worker thread. What they share lies in chunks.
import {readFileSync, writeFileSync} from 'node:fs'
import {dirname, join, relative, sep} from 'node:path'
import {build} from 'esbuild'
import {licencesOf} from './licences.js'

/** Chunks lie beside the worker: code that asks for files by `import.meta.url` finds them from there as it does from src/. */
const chunkFolder = 'lib/tree'

/** Native code stays in its package, and so does what only `certs gen` and the questions of `init` load. */
const external = ['classic-level', '@peculiar/x509', '@clack/prompts']

/** CommonJS code among the libraries expects these. */
const banner = `import {createRequire as $createRequire} from 'node:module'
import {fileURLToPath as $fileURLToPath} from 'node:url'
const require = $createRequire(import.meta.url)
const __filename = $fileURLToPath(import.meta.url)
const __dirname = $fileURLToPath(new URL('.', import.meta.url))`

/**
 * Writes the bundle of `root`/src into `outdir`. `commands`: their files below src/. Throws where a file that uses
 * `import.meta.url` came to lie elsewhere than beside the worker.
 * @param {{root: string, outdir: string, commands: string[]}} what
 */
export async function bundle({root, outdir, commands}) {
	const {metafile} = await build({
		absWorkingDir: root,
		entryPoints: ['src/lib/cli/main.ts', 'src/lib/tree/worker.ts', ...commands.map((file) => `src/${file}`)],
		outbase: 'src',
		outdir,
		chunkNames: `${chunkFolder}/[name]-[hash]`,
		bundle: true,
		splitting: true,
		format: 'esm',
		platform: 'node',
		target: 'node20.19',
		minifyWhitespace: true,
		external,
		banner: {js: banner},

		minifySyntax: true,
		legalComments: 'none',
		metafile: true,
		logLevel: 'warning',
	})
	writeFileSync(join(outdir, 'LICENSES.txt'), licencesOf(root, Object.keys(metafile.inputs)))
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
