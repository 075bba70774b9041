// Names of certificates, their files and the default folder.
import {hostname} from 'node:os'
import {join} from 'node:path'
import {type Env, homeOf} from '../config/locate.js'

/** The default folder. */
export const defaultCertDir = (env: Env): string => join(homeOf(env), 'sync-certs')

/** The host name, or `device` if a certificate cannot have that name. */
export function defaultCertName(): string {
	const name = hostname()
	return isCertName(name) ? name : 'device'
}

/** X.509's bound for a common name; short enough for a file name with extension. */
export const longestName = 64

/** Valid as a file name on every platform, and plain ASCII: letters, digits, `.`, `_`, `-`, and `:` for IPv6. */
export function isCertName(name: string): boolean {
	const plain = process.platform === 'win32' ? /^[A-Za-z0-9][A-Za-z0-9._-]*$/ : /^[A-Za-z0-9:][A-Za-z0-9._:-]*$/
	return name.length <= longestName && plain.test(name)
}

/** The two paths of the pair called `name`. */
export const pairPaths = (dir: string, name: string): {readonly cert: string; readonly key: string} => ({
	cert: join(dir, `${name}.cert`),
	key: join(dir, `${name}.key`),
})
