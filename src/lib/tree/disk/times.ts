// Sets an mtime to the microsecond, before 1970 too. The atime gets the same value.
import {futimesSync, lutimesSync, utimesSync} from 'node:fs'

/**
 * libuv before 1.52 (Node 24) cuts what is below the microsecond, and a double of seconds is up to 0.12 µs off (0.24 from 2038
 * to 2106): without a quarter of a microsecond more, every other time would come out one short.
 */
const [uvMajor = 0, uvMinor = 0] = process.versions.uv.split('.').map(Number)
const guardSec = uvMajor === 1 && uvMinor < 52 ? 0.25e-6 : 0

/** Seconds as Node's utimes family takes them: it turns a negative *number* into "now", a numeric string it takes as it is. */
const seconds = (microseconds: number): number | string =>
	microseconds < 0 ? String(microseconds / 1e6 - guardSec) : microseconds / 1e6 + guardSec

export function setMtimeOfFd(fd: number, microseconds: number): void {
	const time = seconds(microseconds)
	futimesSync(fd, time, time)
}

/** Of the link itself where `at` is one. */
export function setMtimeOfLink(at: string, microseconds: number): void {
	const time = seconds(microseconds)
	lutimesSync(at, time, time)
}

export function setMtime(at: string, microseconds: number): void {
	const time = seconds(microseconds)
	utimesSync(at, time, time)
}
