// Times for a view that is redrawn all the time: whole seconds, then whole minutes, so that little changes.
import type {Instant} from '../../../node/status/node-state.js'
import {duration, relativeTime} from '../../format.js'

/** `0 s`, `42 s`, `3 min`, `2 h 5 min`, `4 d 3 h`: rounded down. */
export function age(ms: number): string {
	const sec = Math.floor(Math.max(0, ms) / 1000)
	return sec < 60 ? `${sec} s` : duration(Math.floor(sec / 60) * 60_000)
}

/** Milliseconds from `at` to `nowMs`, never negative; 0 if `at` is no valid time. */
export const sinceMs = (at: Instant, nowMs: number): number => Math.max(0, nowMs - Date.parse(at)) || 0

/** `8 s`, `3 min`, `2 h`, `4 d`: time left, at least a second. */
export function remaining(ms: number): string {
	const sec = Math.max(1, Math.ceil(ms / 1000))
	if (sec < 60) return `${sec} s`
	if (sec < 3570) return `${Math.round(sec / 60)} min`
	return sec < 84_600 ? `${Math.round(sec / 3600)} h` : `${Math.round(sec / 86_400)} d`
}

const dayMs = 86_400_000

/**
 * `14:02:11` in the zone that is `zoneMin` minutes east of UTC; `2 d ago` after a day or more. At most eight columns for some thousand
 * days.
 */
export function clockTime(at: Instant, nowMs: number, zoneMin: number): string {
	const atMs = Date.parse(at)
	if (Number.isNaN(atMs)) return '--:--:--'
	if (nowMs - atMs >= dayMs) return relativeTime(atMs, nowMs)
	return new Date(atMs + zoneMin * 60_000).toISOString().slice(11, 19)
}
