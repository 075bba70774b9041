// Compiles src/ into dist/ from scratch and writes oclif.manifest.json from the compiled commands.
// The compiler writes beside dist/, which is replaced only by a complete result.
import {renameSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {writeManifest} from './lib/manifest.js'
import {run} from './lib/run.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const fresh = join(root, `.build-dist-${process.pid}`)
const old = `${fresh}-old`

process.on('exit', () => {
	for (const folder of [fresh, old]) rmSync(folder, {recursive: true, force: true})
})
run('tsc', ['-p', 'tsconfig.json', '--outDir', fresh], {cwd: root})
try {
	renameSync(join(root, 'dist'), old)
} catch (error) {
	if (error.code !== 'ENOENT') throw error
}
renameSync(fresh, join(root, 'dist'))
await writeManifest(root)
