// A disk that folds case and Unicode form, as APFS, NTFS and FAT do: a layer over the file system calls of this process, in every
// thread that is started with it. Loaded by `--import` with FILESYNC_TEST_FOLDS naming the folder, or switched on by `fold`. Not a test.
import fs, {type PathLike} from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'

type Call = (...args: unknown[]) => unknown

/** By the arguments that are paths to what exists or is to be. */
const onePath = [
	'accessSync',
	'chmodSync',
	'existsSync',
	'lstatSync',
	'lutimesSync',
	'mkdirSync',
	'opendirSync',
	'openSync',
	'readdirSync',
	'readFileSync',
	'readlinkSync',
	'rmdirSync',
	'rmSync',
	'statSync',
	'unlinkSync',
	'utimesSync',
	'watch',
	'writeFileSync',
] as const
const twoPaths = ['copyFileSync', 'linkSync'] as const

const keyOf = (name: string): string => name.normalize('NFD').toLowerCase()

export interface Folding {
	readonly root: string
	/** What a rename between two names of one entry does: as Windows and macOS do, or nothing, as Linux does with FAT and ext4. */
	readonly renames: boolean
}

const real = {
	lstatSync: fs.lstatSync,
	readdirSync: fs.readdirSync,
	readlinkSync: fs.readlinkSync,
	renameSync: fs.renameSync,
}

const stands = (path: string): boolean => {
	try {
		return real.lstatSync(path, {throwIfNoEntry: false}) !== undefined
	} catch {
		return false
	}
}

/** What the disk takes a name in a folder for: the name of an entry, or itself where there is none. */
function called(folder: string, name: string): string {
	if (stands(`${folder}/${name}`)) return name
	const key = keyOf(name)
	try {
		return real.readdirSync(folder).find((other) => keyOf(other) === key) ?? name
	} catch {
		return name
	}
}

/** The path below the root, and what stands before it; undefined: it lies elsewhere. */
function belowRoot(path: string, root: string): {base: string; rest: string} | undefined {
	if (path.startsWith(`${root}/`)) return {base: root, rest: path.slice(root.length + 1)}
	const descriptor = /^\/proc\/self\/fd\/\d+(?=\/)/.exec(path)?.[0]
	if (descriptor === undefined) return undefined
	const target = real.readlinkSync(descriptor)
	return target === root || target.startsWith(`${root}/`)
		? {base: descriptor, rest: path.slice(descriptor.length + 1)}
		: undefined
}

function resolved(path: unknown, root: string): unknown {
	if (typeof path !== 'string') return path
	const below = belowRoot(path, root)
	if (below === undefined) return path
	let at = below.base
	for (const name of below.rest.split('/'))
		at += `/${name === '' || name === '.' || name === '..' ? name : called(at, name)}`
	return at
}

/** Switches the layer on, in this thread; the function returned switches it off. */
export function fold({root, renames}: Folding): () => void {
	const before = new Map<string, Call>()
	const replace = (name: string, by: (call: Call) => Call): void => {
		const call: Call = Reflect.get(fs, name)
		before.set(name, call)
		Object.assign(fs, {[name]: by(call)})
	}
	for (const name of onePath)
		replace(
			name,
			(call) =>
				(path, ...rest) =>
					call(resolved(path, root), ...rest),
		)
	for (const name of twoPaths)
		replace(
			name,
			(call) =>
				(from, to, ...rest) =>
					call(resolved(from, root), resolved(to, root), ...rest),
		)
	replace(
		'symlinkSync',
		(call) =>
			(target, path, ...rest) =>
				call(target, resolved(path, root), ...rest),
	)
	replace('renameSync', () => (from, to) => {
		const [source, target] = [resolved(from, root), resolved(to, root)]
		if (typeof source !== 'string' || typeof target !== 'string')
			return real.renameSync(from as PathLike, to as PathLike)
		if (source !== target) return real.renameSync(source, target)
		const name = String(to).slice(String(to).lastIndexOf('/') + 1)
		if (renames) real.renameSync(source, `${target.slice(0, target.lastIndexOf('/'))}/${name}`)
		return undefined
	})
	syncBuiltinESMExports()
	return () => {
		for (const [name, call] of before) Object.assign(fs, {[name]: call})
		syncBuiltinESMExports()
	}
}

/** Environment by which a program that is started, and each of its threads, sees a folder so. */
export const foldingEnv = (root: string, renames = true): Record<string, string> => ({
	NODE_OPTIONS: `--import ${import.meta.url}`,
	FILESYNC_TEST_FOLDS: JSON.stringify({root, renames} satisfies Folding),
})

const wanted = process.env.FILESYNC_TEST_FOLDS
if (wanted !== undefined) fold(JSON.parse(wanted))
