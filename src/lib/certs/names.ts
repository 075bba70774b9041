// What certificates are called and where they lie unless something else is said.
import {hostname} from 'node:os'
import {join} from 'node:path'
import {type Env, homeOf} from '../config/locate.js'

/** Where certificates are kept when nothing else is said. */
export const defaultCertDir = (env: Env): string => join(homeOf(env), 'sync-certs')

/** The host's name as a certificate's name; `device` where the system gives none that can be one. */
export function defaultCertName(): string {
	const name = hostname()
	return isCertName(name) ? name : 'device'
}

/** The common name's bound in X.509, and short enough for a file name with its suffix. */
export const longestName = 64

/** One component of a file name on every platform, and plain ASCII: letters, digits, `.`, `_`, `-`, and `:` for IPv6. */
export function isCertName(name: string): boolean {
	const plain = process.platform === 'win32' ? /^[A-Za-z0-9][A-Za-z0-9._-]*$/ : /^[A-Za-z0-9:][A-Za-z0-9._:-]*$/
	return name.length <= longestName && plain.test(name)
}

/** The two paths of the pair called `name`. */
export const pairPaths = (dir: string, name: string): {readonly cert: string; readonly key: string} => ({
	cert: join(dir, `${name}.cert`),
	key: join(dir, `${name}.key`),
})
