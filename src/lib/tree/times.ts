// Sets an mtime to the microsecond, before 1970 too. The atime gets the same value.
import {futimesSync, lutimesSync, utimesSync} from 'node:fs'

/** Seconds as Node's utimes family takes them: it turns a negative *number* into "now", a numeric string it takes as it is. */
const seconds = (microseconds: number): number | string =>
	microseconds < 0 ? String(microseconds / 1e6) : microseconds / 1e6

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
