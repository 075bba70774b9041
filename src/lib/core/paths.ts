// Paths as replicas name them: relative, `/` between components, no `.` `..` or empty component, in scope.
// The string check only; whether a parent on disk is a link is checked by the tree module when it acts.

declare const relPath: unique symbol

/** A checked path relative to the root. Made by `parseRelPath` (peer, command line) or by the scan (own disk). */
export type RelPath = string & {readonly [relPath]: true}

/** FileSync's own folder in the root: marker, staging, trash. */
export const ownFolder = '.filesync'

/** The file of ignore rules in the root. It is synced. */
export const ignoreFileName = '.filesyncignore'

/** Names of temporaries that had to be made beside their target (another mount below the root) start so. */
export const tempPrefix = '.filesync.tmp-'

/** Bounds in bytes of UTF-8 (NAME_MAX, PATH_MAX) and components; beyond them no file system here goes. */
export const limits = {componentBytes: 255, pathBytes: 4096, depth: 256} as const

// Characters that file systems drop or ignore when they compare names (HFS+ among them): zero width, bidi, joiners, BOM.
const ignorable = /\p{Default_Ignorable_Code_Point}/gu

/** True for `.filesync` and FileSync's temporaries in any case, Unicode form or with ignorable characters. */
export function isOwnName(component: string): boolean {
	// Nearly every name ends here: an ASCII character other than `.` can neither vanish nor become one.
	const first = component.charCodeAt(0)
	if (first < 0x80 && first !== 0x2e) return false
	const folded = component
		.normalize('NFKC')
		.replace(ignorable, '')
		.toLowerCase()
		.replace(/[. ]+$/, '')
	return folded === ownFolder || folded.startsWith(tempPrefix)
}

const windowsReserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\..*)?$/i
/** The short (8.3) names under which Windows would open `.filesync` and FileSync's temporaries. */
const windowsShortName = /^(filesy|fi[0-9a-f]{4})~[0-9]+(\..*)?$/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: Windows refuses control characters in names
const windowsForbidden = /[\\:*?"<>|\u0000-\u001f]|[. ]$/

/** Why a component cannot be a name on this platform, or undefined when it can. */
function componentFault(component: string, platform: NodeJS.Platform): string | undefined {
	if (component === '') return 'has an empty component'
	if (component === '.' || component === '..') return `has a component "${component}"`
	if (component.includes('\0')) return 'holds a NUL character'
	if (!component.isWellFormed()) return 'is not valid Unicode'
	if (component.length * 3 > limits.componentBytes && Buffer.byteLength(component) > limits.componentBytes)
		return `has a component over ${limits.componentBytes} bytes`
	if (isOwnName(component) || (platform === 'win32' && windowsShortName.test(component)))
		return `names FileSync's own folder`
	if (platform === 'win32' && (windowsForbidden.test(component) || windowsReserved.test(component)))
		return 'is not a name that Windows allows'
	return undefined
}

export type PathCheck = {readonly ok: true; readonly path: RelPath} | {readonly ok: false; readonly fault: string}

/**
 * What nearly every path is made of: ASCII that no file system takes for anything else, no component that begins with a dot.
 * At this length no other bound can be passed.
 */
const plainPath = /^(?:[\w-][\w .,()+=@#~-]*\/)*[\w-][\w .,()+=@#~-]*$/

/** Checks a path that a peer or a user names. `fault` reads on after "the path". */
export function parseRelPath(text: string, platform: NodeJS.Platform = process.platform): PathCheck {
	if (platform !== 'win32' && text.length <= limits.componentBytes && plainPath.test(text))
		return {ok: true, path: text as RelPath}
	if (text.length > limits.pathBytes || Buffer.byteLength(text) > limits.pathBytes)
		return {ok: false, fault: `is longer than ${limits.pathBytes} bytes`}
	const components = text.split('/')
	if (components.length > limits.depth) return {ok: false, fault: `is deeper than ${limits.depth} levels`}
	for (const component of components) {
		const fault = componentFault(component, platform)
		if (fault !== undefined) return {ok: false, fault}
	}
	return {ok: true, path: text as RelPath}
}

/** The folder that holds `path`, or undefined at the top level. */
export function parentOf(path: RelPath): RelPath | undefined {
	const slash = path.lastIndexOf('/')
	return slash < 0 ? undefined : (path.slice(0, slash) as RelPath)
}

/** Tells whether a path is one of `tops` or lies below one. Costs as much as the path is deep, whatever the number of `tops`. */
export function coveredBy(tops: readonly string[]): (path: string) => boolean {
	const known = new Set(tops)
	return (path) => {
		if (known.size === 0) return false
		if (known.has(path)) return true
		for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
			if (known.has(path.slice(0, at))) return true
		return false
	}
}

export const nameOf = (path: RelPath): string => path.slice(path.lastIndexOf('/') + 1)

/** The order of every list of paths here and on the wire: by UTF-16 code unit, as `<` on strings. */
export const byPath = (a: {readonly path: string}, b: {readonly path: string}): number =>
	a.path < b.path ? -1 : a.path > b.path ? 1 : 0

export const depthOf = (path: string): number => path.split('/').length

/** Many names or paths as one string, which crosses to another thread in one piece. None holds a NUL. */
export const joinNames = (names: readonly string[]): string => names.join('\0')

/** The names that `joinNames` joined; none is empty. */
export const splitNames = (joined: string): string[] => (joined === '' ? [] : joined.split('\0'))

/** The same for paths. */
export const splitPaths = (joined: string): RelPath[] => splitNames(joined) as RelPath[]
