// Version vectors: which edits of which device a content has seen. Pure; a vector is a list sorted by device.

declare const deviceId: unique symbol

/** An index database's own random id, 12 characters of a-z2-7 (60 bits). A new database is a new device. */
export type DeviceId = string & {readonly [deviceId]: true}

/** Sorted by device, no device twice, counters integers ≥ 1. The empty vector is before every other. */
export type VersionVector = readonly (readonly [device: DeviceId, counter: number])[]

export type Ordering = 'equal' | 'before' | 'after' | 'concurrent'

const idPattern = /^[a-z2-7]{12}$/

/** Parses a device id; undefined when it is none. */
export const parseDeviceId = (text: string): DeviceId | undefined =>
	idPattern.test(text) ? (text as DeviceId) : undefined

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** A device id from 12 or more random bytes. */
export function deviceIdFrom(random: Uint8Array): DeviceId {
	let id = ''
	for (const byte of random.subarray(0, 12)) id += alphabet[byte & 31]
	const parsed = parseDeviceId(id)
	if (parsed === undefined) throw new RangeError('a device id takes 12 random bytes')
	return parsed
}

/** Different names that a device has beside its own. */
const aliases = alphabet.length - 1

/**
 * Another id of the same device, for versions that must be concurrent to all that it made before. There are 31 of them, so that
 * vectors do not grow for ever; `number` wraps around.
 */
export function deviceAlias(device: DeviceId, number: number): DeviceId {
	const shift = 1 + (number % aliases)
	const letters = [...device].map((letter) => alphabet[(alphabet.indexOf(letter) + shift) % alphabet.length])
	return letters.join('') as DeviceId
}

/** How `a` stands to `b`: 'after' means that `a` has seen all that `b` has, and more. */
export function compareVersions(a: VersionVector, b: VersionVector): Ordering {
	if (a === b) return 'equal'
	let ahead = false
	let behind = false
	let i = 0
	let j = 0
	while (i < a.length || j < b.length) {
		const left = a[i]
		const right = b[j]
		if (right === undefined || (left !== undefined && left[0] < right[0])) {
			ahead = true
			i++
		} else if (left === undefined || right[0] < left[0]) {
			behind = true
			j++
		} else {
			if (left[1] > right[1]) ahead = true
			else if (left[1] < right[1]) behind = true
			i++
			j++
		}
	}
	if (ahead) return behind ? 'concurrent' : 'after'
	return behind ? 'before' : 'equal'
}

/** The smallest vector that has seen both. Returns `a` or `b` itself where that is it. */
export function mergeVersions(a: VersionVector, b: VersionVector): VersionVector {
	const order = compareVersions(a, b)
	if (order === 'equal' || order === 'after') return a
	if (order === 'before') return b
	const counters = new Map(a)
	for (const [device, counter] of b) counters.set(device, Math.max(counter, counters.get(device) ?? 0))
	return [...counters].sort(([x], [y]) => (x < y ? -1 : 1))
}

/**
 * The vector after one more edit on `device`. The counter never falls behind the clock (seconds since 1970),
 * so that a database restored from a backup does not hand out a counter twice.
 */
export function bumpVersion(version: VersionVector, device: DeviceId, nowSec: number): VersionVector {
	const mine = version.find(([id]) => id === device)?.[1] ?? 0
	const counter = Math.max(mine + 1, Math.floor(nowSec))
	const others = version.filter(([id]) => id !== device)
	return [...others, [device, counter] as const].sort(([x], [y]) => (x < y ? -1 : 1))
}

/**
 * Not a database: stands in a vector for a decision between versions that are not concurrent (a folder stays because of what
 * lives below it; one version with two states). A device's counter would not do: the plan hands it out, the peer may be the
 * only one to note it before the sync breaks off, and the device would hand it out again for an edit, which then looks seen.
 * That two replicas decide by the same count does no harm: they decide alike, and whatever lost was kept as a copy.
 */
export const decider = 'decisionmade' as DeviceId

/** The version of what was decided between two: after both. Of concurrent ones the merged vector is that by itself. */
export function settledVersion(a: VersionVector, b: VersionVector, nowSec: number): VersionVector {
	const merged = mergeVersions(a, b)
	return compareVersions(a, b) === 'concurrent' ? merged : bumpVersion(merged, decider, nowSec)
}
