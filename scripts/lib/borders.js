// The module borders: which module may import which, which files may import a library, and which globals `core` may not use.
// These tables are the source of truth; docs/ARCHITECTURE.md explains them.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {circles, importsOf, sourceFiles, withoutComments} from './imports.js'

/** Module → modules that it may import. `:types` allows only types. */
const modules = {
	commands: ['cli', 'ui', 'node', 'service', 'config', 'certs', 'errors', 'core:types'],
	cli: ['ui', 'node', 'service', 'config', 'certs', 'disk', 'errors', 'core:types'],
	ui: ['node:types', 'config:types', 'core', 'errors'],
	node: ['sync', 'session', 'replica', 'core', 'tree', 'index', 'net', 'certs', 'config', 'disk', 'errors', 'wire'],
	session: ['sync', 'replica', 'core', 'tree', 'wire', 'net', 'errors'],
	// One round over two sides. Knows neither folders nor connections.
	sync: ['core', 'errors'],
	// One side's tree and index together, for a conversation to work on.
	replica: ['sync', 'core', 'tree', 'index', 'errors'],
	tree: ['core', 'disk', 'errors'],
	index: ['core', 'disk', 'errors'],
	net: ['wire', 'errors', 'certs:types'],
	wire: ['core', 'errors'],
	// certs writes its files with the config module's publish.ts.
	certs: ['config', 'core', 'disk', 'errors'],
	// service writes its files with the config module's publish.ts.
	service: ['config', 'core', 'disk', 'errors'],
	config: ['core', 'disk', 'errors'],
	core: ['errors'],
	disk: ['errors'],
	errors: [],
}

/**
 * Modules with an entry file, index.ts. Other modules import their values only from it or from the files in the list, which are loaded
 * where the whole module would take too long, or for one caller alone. Types may be imported from any file.
 */
const entries = {
	certs: [],
	cli: ['main', 'init/prompt', 'init/questions'],
	config: ['locate', 'nearest', 'parse', 'publish'],
	errors: ['shell', 'system'],
	index: [],
	net: [],
	service: [],
	tree: ['worker/thread'],
}

/** Library → the files that may import it. */
const owners = {
	'@oclif/core': /^(commands|lib\/cli)\//,
	listr2: /^lib\/ui\/progress\/tasks/,
	chokidar: /^lib\/tree\/watch/,
	'fast-glob': /^lib\/tree\/scan/,
	'node:tls': /^lib\/net\//,
	'classic-level': /^lib\/index\//,
	valibot: /^lib\/(config|wire)\//,
	'@peculiar/x509': /^lib\/certs\/make\.ts$/,
	ignore: /^lib\/tree\/scan\/ignore\.ts$/,
	'p-limit': /^lib\/(replica\/supply|node\/(context|node|connections\/connection))\.ts$/,
	// Only `tree` reads and writes below the synced folder. The others have their own files: config, certificates, the index's folder, the
	// control socket, service files, the terminal.
	'node:fs':
		/^lib\/(tree|disk|config|certs|service|index\/store)\/|^lib\/(cli\/(faults|init\/questions|version|oclif\/own-plugin)|ui\/top\/terminal\/terminal|replica\/preview|node\/(index-dir|status\/software|start\/head-start|control\/(address|server)))\.ts$/,
}

/** Globals that `core` may not use: clock, randomness and machine come in as arguments. */
const impure =
	/\b(Date\.now|new Date\(\)|Math\.random|performance\.|process\.(?!platform\b)|crypto\.|setTimeout|setInterval|setImmediate|console\.|globalThis)/g

/** @param {string} file */
const moduleOf = (file) => /^(?:lib\/)?([^/]+)\//.exec(file)?.[1] ?? ''

/** @param {string} name */
const packageOf = (name) =>
	name.startsWith('@')
		? name.split('/').slice(0, 2).join('/')
		: ((name.startsWith('node:') ? name : name.split('/')[0]) ?? '')

/** @param {import('./imports.js').Import} one @returns {string[]} */
function faultsOf({file, target, typeOnly, line}) {
	const from = moduleOf(file)
	const allowed = modules[from]
	if (allowed === undefined) return [`src/${file}: no module "${from}" in the table`]
	const at = `src/${file}:${line}`
	if (!target.endsWith('.ts')) {
		const name = packageOf(target)
		if (from === 'core') return [`${at}: core is pure and may not import ${name}`]
		const owner = owners[name]
		return owner === undefined || owner.test(file)
			? []
			: [`${at}: ${name} belongs to ${owner.source.replaceAll('\\', '')} alone`]
	}
	const to = moduleOf(target)
	if (to === from) return []
	const files = entries[to]?.map((name) => `lib/${to}/${name}.ts`)
	if (files !== undefined && !typeOnly && ![`lib/${to}/index.ts`, ...files].includes(target))
		return [`${at}: ${target} is imported through src/lib/${to}/index.ts`]
	if (allowed.includes(to)) return []
	if (allowed.includes(`${to}:types`)) return typeOnly ? [] : [`${at}: ${from} may import types alone from ${to}`]
	return [`${at}: ${from} may not import ${to} (${target})`]
}

/** Every breach of a border and every circle, as lines to print. @param {string} src */
export function borderFaults(src) {
	const files = sourceFiles(src)
	const imports = files.flatMap((file) => importsOf(src, file))
	const named = files
		.filter((file) => moduleOf(file) === 'core')
		.flatMap((file) => {
			const text = withoutComments(readFileSync(join(src, file), 'utf8'))
			return [...text.matchAll(impure)].map(
				(match) =>
					`src/${file}:${text.slice(0, match.index).split('\n').length}: core is pure and may not name ${match[0]}`,
			)
		})
	const known = new Set(files)
	const lost = imports
		.filter(({target}) => target.endsWith('.ts') && !known.has(target))
		.map(({file, target, line}) => `src/${file}:${line}: imports ${target}, which does not exist`)
	return [
		...new Set(imports.flatMap(faultsOf)),
		...named,
		...lost,
		...circles(imports).map((circle) => `circle: ${[...circle, circle[0]].join(' -> ')}`),
	]
}
