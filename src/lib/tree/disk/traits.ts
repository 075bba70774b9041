// What file systems are known to do, by the type that statfs tells of a folder. Of one that is not listed nothing is believed.
import {lstatSync, statfsSync} from 'node:fs'
import {join} from 'node:path'
import {parentOf, type RelPath} from '../../core/paths.js'

interface FileSystemTraits {
	/** A folder counts each folder in it as a link to itself, on top of its two own. */
	readonly countsFolders: boolean
	/** An inode keeps its number while it lives, and its ctime is that of its last change. */
	readonly keepsInodes: boolean
}

/** `f_type`, from Linux' magic.h. FUSE says anything; FAT and its kin number inodes anew with each mount and keep no ctime. */
const known: ReadonlyMap<number, FileSystemTraits> = new Map([
	// ext2, ext3, ext4
	[0xef53, {countsFolders: true, keepsInodes: true}],
	// XFS
	[0x58465342, {countsFolders: true, keepsInodes: true}],
	// tmpfs
	[0x01021994, {countsFolders: true, keepsInodes: true}],
	// F2FS
	[0xf2f52010, {countsFolders: true, keepsInodes: true}],
	// Btrfs
	[0x9123683e, {countsFolders: false, keepsInodes: true}],
	// bcachefs
	[0xca451a4e, {countsFolders: false, keepsInodes: true}],
	// ZFS
	[0x2fc12fc1, {countsFolders: false, keepsInodes: true}],
])

const unknown: FileSystemTraits = {countsFolders: false, keepsInodes: false}

/** Those of the file system that holds `folder`. */
export function traitsOf(folder: string): FileSystemTraits {
	try {
		return known.get(statfsSync(folder).type) ?? unknown
	} catch {
		return unknown
	}
}

/**
 * Tells of a path whether inodes where it lies keep their numbers; asks for each folder once. Another disk may be mounted on any: it
 * numbers its inodes by itself, so only the root's is believed.
 */
export function inodeKeeping(root: string): (path: RelPath) => boolean {
	let rootDisk: number | undefined
	const known = new Map<string, boolean>()
	const ask = (folder: string): boolean => {
		try {
			// -1: no disk has it.
			rootDisk ??= traitsOf(root).keepsInodes ? lstatSync(root).dev : -1
			return lstatSync(join(root, folder)).dev === rootDisk
		} catch {
			return false
		}
	}
	return (path) => {
		const folder = parentOf(path) ?? ''
		const keeps = known.get(folder) ?? ask(folder)
		known.set(folder, keeps)
		return keeps
	}
}
