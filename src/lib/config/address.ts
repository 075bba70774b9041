// Addresses as they are typed: HOST, HOST:PORT, [IPV6]:PORT. Pure.
import {isIPv6} from 'node:net'
import {FileSyncError} from '../errors/index.js'
import {bareHost, defaultPort, isHost} from './schema.js'
import type {Address} from './types.js'

/** An address for a person, with brackets around IPv6. */
export const addressText = ({host, port}: Address): string => (isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`)

/** Parses what stands behind `flag`. Throws USAGE. `lowestPort` is 0 for a listen address, where 0 is any free port. */
export function parseAddress(text: string, flag: string, lowestPort: 0 | 1 = 1): Address {
	const match = isIPv6(text) ? null : /^(.*):(\d{1,5})$/.exec(text)
	const host = match?.[1] ?? text
	const port = match === null ? defaultPort : Number(match[2])
	if (isHost(host) && port >= lowestPort && port <= 65_535) return {host: bareHost(host), port}
	throw new FileSyncError(
		'USAGE',
		`${flag} ${JSON.stringify(text)} is not an address; it wants HOST or HOST:PORT, with a port from ${lowestPort} to 65535`,
		[`${flag} 192.168.1.20:${defaultPort}`],
	)
}
