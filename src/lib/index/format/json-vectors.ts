// Owns version vectors as JSON: a table of devices, and each vector a flat list [device, counter, …] of small integers.
import type {Interner} from '../../core/entries/vector-table.js'
import {type DeviceId, parseDeviceId, type VersionVector} from '../../core/entries/versions.js'
import {Damage, elements, isCount} from '../store/checks.js'

/** [devices, flat vectors], for JSON. */
export function encodeVectors(vectors: readonly VersionVector[]): [readonly DeviceId[], readonly number[][]] {
	const devices = new Map<DeviceId, number>()
	const flat = vectors.map((vector) =>
		vector.flatMap(([device, counter]) => {
			const index = devices.get(device) ?? devices.size
			devices.set(device, index)
			return [index, counter]
		}),
	)
	return [[...devices.keys()], flat]
}

/** What `encodeVectors` made, checked. Throws Damage. */
export function decodeVectors(devices: unknown, flat: unknown, interner: Interner): readonly VersionVector[] {
	const ids = elements(devices, 'a device table').map((id) => {
		const device = typeof id === 'string' ? parseDeviceId(id) : undefined
		if (device === undefined) throw new Damage('a device table holds what is no device id')
		return device
	})
	return elements(flat, 'a vector table').map((numbers) => {
		const list = elements(numbers, 'a version vector')
		const vector: (readonly [DeviceId, number])[] = []
		for (let i = 0; i < list.length; i += 2) {
			const index = list[i]
			const counter = list[i + 1]
			const device = isCount(index) ? ids[index] : undefined
			const before = vector.at(-1)
			if (device === undefined || !isCount(counter) || counter < 1 || (before !== undefined && before[0] >= device))
				throw new Damage('a version vector is malformed')
			vector.push([device, counter])
		}
		return interner.intern(vector)
	})
}
