// Checks what lint and types cannot: module borders, circles, a stale manifest, packed files, versions that differ, documents that name
// missing files. Needs a built dist/.
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {borderFaults} from './lib/borders.js'
import {docFaults} from './lib/docs.js'
import {currentManifest, manifestOf} from './lib/manifest.js'
import {packedFaults} from './lib/packed.js'

const root = fileURLToPath(new URL('..', import.meta.url))
/** @param {string} file */
const json = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'))

async function manifestFaults() {
	const current = currentManifest(root)
	if (current === null) return ['oclif.manifest.json is missing: npm run build, and commit it']
	return current === (await manifestOf(root)) ? [] : ['oclif.manifest.json is stale: npm run build, and commit it']
}

function versionFaults() {
	const {version} = json('package.json')
	const lock = json('package-lock.json')
	const faults = []
	if (lock.version !== version || lock.packages[''].version !== version)
		faults.push(`package-lock.json is not of version ${version}: npm install`)
	if (existsSync(join(root, 'CHANGELOG.md'))) {
		const newest = /^## \[?(\d+\.\d+\.\d+[^\]\s]*)/m.exec(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'))?.[1]
		if (newest !== version) faults.push(`CHANGELOG.md's newest version is ${newest}, package.json's ${version}`)
	}
	return faults
}

const checks = {
	'module borders and circles': () => borderFaults(join(root, 'src')),
	manifest: manifestFaults,
	'packed files': () => packedFaults(root),
	versions: versionFaults,
	'paths in documents': () => docFaults(root),
}

for (const [name, check] of Object.entries(checks)) {
	const faults = await check()
	console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${name}`)
	for (const fault of faults) console.log(`     ${fault}`)
	if (faults.length > 0) process.exitCode = 1
}
