// The table of settings: keys of `sync_config.json`, their types, bounds and defaults.
import {isIPv4, isIPv6} from 'node:net'
import * as v from 'valibot'
import {logLevels} from './types.js'

/** Default port of `peer` and `server`. */
export const defaultPort = 5555

const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
const path = v.pipe(
	v.string(),
	v.check((text) => text.trim() !== '' && !text.includes('\0')),
)

/** A host name or an IP address (four numbers are one, each up to 255), without scheme, port or blanks. IPv6 may have brackets. */
export function isHost(text: string): boolean {
	const bare = bareHost(text)
	// Node's `isIPv6` builds its pattern on the first call, which takes 9 ms.
	if (!/^[^\s/\\@#?[\]\p{Cc}]+$/u.test(bare)) return false
	if (bare.includes(':')) return isIPv6(bare)
	const isDotted = /^\d+\.\d+\.\d+\.\d+$/.test(bare)
	return bare === text && (!isDotted || isIPv4(bare))
}

/** `[::1]` without brackets, as Node wants it; anything else unchanged. */
export const bareHost = (text: string): string => /^\[(.*)\]$/.exec(text)?.[1] ?? text

const host = v.pipe(v.string(), v.check(isHost), v.transform(bareHost))

// A day as upper bound keeps every timer below setTimeout's 2^31-1 ms, above which Node fires at once.
const daySec = 86_400

export const settingsSchema = v.object({
	local_dir: path,
	peer: v.optional(v.object({host, port: v.optional(whole(1, 65_535), defaultPort)})),
	certs: v.object({cert: path, key: path, peer_cert: path}),
	server: v.optional(
		v.object({host: v.optional(host, '0.0.0.0'), port: v.optional(whole(0, 65_535), defaultPort)}),
		{},
	),
	debounce_ms: v.optional(whole(0, daySec * 1000), 800),
	mtime_skew_sec: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(daySec)), 2),
	max_concurrency: v.optional(whole(1, 64), 1),
	ignore: v.optional(v.array(v.string()), []),
	trash_days: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(36_500)), 30),
	max_delete_percent: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100)), 50),
	rescan_interval_sec: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(daySec)), 60),
	state_dir: v.optional(path),
	log_level: v.optional(v.picklist(logLevels), 'info'),
})

export type Settings = v.InferOutput<typeof settingsSchema>

/** What each key wants; continues "it wants". Its keys are the known settings. */
export const wants: Readonly<Record<string, string>> = {
	local_dir: 'the path of the folder to sync, as a string',
	peer: 'an object {"host": …, "port": …}',
	'peer.host': 'a host name or an IP address without a port, as a string',
	'peer.port': 'a whole number from 1 to 65535',
	certs: 'an object {"cert": …, "key": …, "peer_cert": …}',
	'certs.cert': "the path of this device's certificate, as a string",
	'certs.key': "the path of this device's private key, as a string",
	'certs.peer_cert': "the path of the peer's certificate, as a string",
	server: 'an object {"host": …, "port": …}',
	'server.host': 'a host name or an IP address without a port, as a string',
	'server.port': 'a whole number from 0 (any free port) to 65535',
	debounce_ms: 'a whole number of milliseconds from 0 to 86400000',
	mtime_skew_sec: 'a number of seconds from 0 to 86400',
	max_concurrency: 'a whole number from 1 to 64',
	ignore: 'a list of gitignore lines, as strings',
	trash_days: 'a number of days from 0 (off) to 36500',
	max_delete_percent: 'a number from 0 to 100 (off)',
	rescan_interval_sec: 'a number of seconds from 1 to 86400',
	state_dir: 'the path of a folder outside local_dir, as a string',
	log_level: `one of ${logLevels.map((level) => `"${level}"`).join(', ')}`,
}
