// Disks that take names for one that differ in case (and Unicode form) alone, for one side of a pair. Not a test.

import type {Device} from '../e2e/support/pair.js'
import {exfat, noExfat, unmount} from '../faults/support/mounts.js'
import {foldingEnv} from './layer.js'

export interface FoldingDisk {
	readonly name: string
	/** Why it is not to be had here. */
	readonly skip: string | undefined
	/** Does it keep modes, links and fine times? */
	readonly isFull: boolean
	/** Only what this disk does otherwise than the others is worth a test of its own. */
	readonly isVariant: boolean
	/** The device's folder, still empty, comes to lie on it. The function returned takes it away, once no program uses it. */
	readonly put: (device: Device) => () => void
}

const layer = (name: string, renames: boolean): FoldingDisk => ({
	name,
	skip: undefined,
	isFull: true,
	isVariant: !renames,
	put: (device) => {
		device.env = foldingEnv(device.dir.path, renames)
		return () => {}
	},
})

export const foldingDisks: readonly FoldingDisk[] = [
	layer('a layer that folds case and form', true),
	layer('one for which a rename between two spellings is nothing to do', false),
	{
		name: 'exFAT through FUSE',
		skip: noExfat,
		isFull: false,
		isVariant: false,
		put: (device) => {
			exfat(device.dir.path, 64)
			return () => unmount(device.dir.path)
		},
	},
]
