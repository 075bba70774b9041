// Bundles src/ into dist/ and writes oclif.manifest.json from the commands there.
// Builds in a folder beside dist/ and replaces dist/ only when it is complete. With --watch: again after every change.
import {spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {readdirSync, renameSync, rmSync, watch} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {bundle} from './lib/bundle.js'
import {writeManifest} from './lib/manifest.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const fresh = join(root, `.build-dist-${process.pid}`)
const old = `${fresh}-old`

process.on('exit', () => {
	for (const folder of [fresh, old]) rmSync(folder, {recursive: true, force: true})
})
if (process.argv.includes('--watch')) {
	// Each change rebuilds everything, which takes less than a second.
	const again = () => spawnSync(process.execPath, [fileURLToPath(import.meta.url)], {stdio: 'inherit'})
	/** @type {NodeJS.Timeout | undefined} */
	let timer
	const watcher = watch(join(root, 'src'), {recursive: true}, () => {
		clearTimeout(timer)
		timer = setTimeout(again, 100)
	})
	again()
	await once(watcher, 'close')
}
const commands = readdirSync(join(root, 'src/commands'), {recursive: true, encoding: 'utf8'})
	.filter((file) => file.endsWith('.ts'))
	.map((file) => `commands/${file.replaceAll('\\', '/')}`)
await bundle({root, outdir: fresh, commands})
try {
	renameSync(join(root, 'dist'), old)
} catch (error) {
	if (error.code !== 'ENOENT') throw error
}
renameSync(fresh, join(root, 'dist'))
await writeManifest(root)
