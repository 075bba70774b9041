// npm run test:nodes: runs the compiled tests under every supported major version of Node, installed from npm into a cache.
// `--only 22,24` selects versions; other arguments are those of npm test. The last line is `N passed, N failed`.
import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {run} from './lib/run.js'
import {compileTests, conclude, runSuite} from './lib/suite.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const lines = ['20', '22', '24', '26']
const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const cache = join(tmpdir(), 'filesync-nodes')

/** The binary of a major version of Node; installs it if it is not cached. @param {string} line @returns {string | undefined} */
function nodeOf(line) {
	const folder = join(cache, line)
	const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
	if (existsSync(binary)) return binary
	mkdirSync(folder, {recursive: true})
	writeFileSync(join(folder, 'package.json'), '{"private": true}\n')
	const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
	const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel', 'error']
	spawnSync(npm, ['install', ...flags, `${name}@${line}`], {
		cwd: folder,
		stdio: 'inherit',
		shell: process.platform === 'win32',
	})
	return existsSync(binary) ? binary : undefined
}

const args = process.argv.slice(2)
const at = args.indexOf('--only')
const chosen = at < 0 ? lines : (args.splice(at, 2)[1] ?? '').split(',')

run(process.execPath, ['scripts/build.js'], {cwd: root})
compileTests(root)
const total = {passed: 0, failed: 0, skipped: 0}
const rows = []
for (const line of chosen) {
	const node = nodeOf(line)
	if (node === undefined) {
		total.failed++
		rows.push({line, node: `${name}@${line} could not be installed`})
		continue
	}
	const version = spawnSync(node, ['--version'], {encoding: 'utf8'}).stdout.trim()
	const startedMs = performance.now()
	const {passed, failed, skipped, output} = await runSuite({root, node, args, quiet: true})
	if (failed > 0 || passed === 0) console.log(output)
	rows.push({line, node: version, passed, failed, skipped, sec: Math.round((performance.now() - startedMs) / 1000)})
	total.passed += passed
	total.failed += passed === 0 && failed === 0 ? 1 : failed
	total.skipped += skipped
}
console.table(rows)
conclude(total)
