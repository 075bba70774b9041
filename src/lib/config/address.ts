// Addresses as users type them: HOST, HOST:PORT, [IPV6]:PORT. Pure.
import {isIPv6} from 'node:net'
import {FileSyncError} from '../errors/index.js'
import {bareHost, defaultPort, isHost} from './schema.js'
import type {Address} from './types.js'

/** An address as text, with brackets around IPv6. */
export const addressText = ({host, port}: Address): string => (isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`)

function parse(text: string): Address {
	const match = isIPv6(text) ? null : /^(.*):(\d{1,5})$/.exec(text)
	return {host: match?.[1] ?? text, port: match === null ? defaultPort : Number(match[2])}
}

/** Why `text` is no address; undefined: it is one. `lowestPort`: 0 for a listen address (0 is any free port). */
export function addressFault(text: string, lowestPort: 0 | 1 = 1): string | undefined {
	const {host, port} = parse(text)
	if (isHost(host) && port >= lowestPort && port <= 65_535) return undefined
	return `${JSON.stringify(text)} is not an address; it wants HOST or HOST:PORT, with a port from ${lowestPort} to 65535`
}

/** Parses the value of `flag`. Throws USAGE. */
export function parseAddress(text: string, flag: string, lowestPort: 0 | 1 = 1): Address {
	const fault = addressFault(text, lowestPort)
	if (fault !== undefined) throw new FileSyncError('USAGE', `${flag} ${fault}`, [`${flag} 192.168.1.20:${defaultPort}`])
	const {host, port} = parse(text)
	return {host: bareHost(host), port}
}
