// Small, read-only or loop-mounted file systems for a test. Only root can; elsewhere the tests skip visibly.
import {spawnSync} from 'node:child_process'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {tempFolder} from '../../e2e/support/temp.js'

function call(command: string, ...args: readonly string[]): string {
	const {status, error, stdout, stderr} = spawnSync(command, args, {encoding: 'utf8'})
	if (error !== undefined || status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`)
	return stdout
}

const mounted = new Set<string>()
/** Loop devices that mounts of ours need, by folder. */
const devices = new Map<string, string>()
process.once('exit', () => {
	for (const folder of mounted) spawnSync('umount', ['-l', folder])
	for (const device of devices.values()) spawnSync('losetup', ['-d', device])
})

export function mount(folder: string, ...args: readonly string[]): void {
	mkdirSync(folder, {recursive: true})
	call('mount', ...args, folder)
	mounted.add(folder)
}

export function unmount(folder: string, ...args: readonly string[]): void {
	call('umount', ...args, folder)
	mounted.delete(folder)
	const device = devices.get(folder)
	if (device !== undefined) call('losetup', '-d', device)
	devices.delete(folder)
}

export const remount = (folder: string, options: string): void => void call('mount', '-o', `remount,${options}`, folder)

export const tmpfs = (folder: string, size: string): void => mount(folder, '-t', 'tmpfs', '-o', `size=${size}`, 'none')

/** A new ext4 in an image file of so many MiB. Gives the image. */
export function ext4(folder: string, megabytes: number): string {
	const image = join(tempFolder('image'), 'disk.img')
	writeFileSync(image, '')
	call('truncate', '-s', `${megabytes}M`, image)
	call('mkfs.ext4', '-q', '-F', image)
	mount(folder, '-o', 'loop', image)
	return image
}

/** A new exFAT volume of so many MiB, through FUSE: it folds case, and keeps no modes, links, fractions of seconds or inode numbers. */
export function exfat(
	folder: string,
	megabytes: number,
): {
	/** Takes the volume out and puts it in again. */
	remount: () => void
} {
	const image = join(tempFolder('image'), 'disk.img')
	call('truncate', '-s', `${megabytes}M`, image)
	call('mkfs.exfat', image)
	mkdirSync(folder, {recursive: true})
	const device = call('losetup', '-f', '--show', image).trim()
	try {
		call('mount.exfat-fuse', device, folder)
	} catch (error) {
		call('losetup', '-d', device)
		throw error
	}
	mounted.add(folder)
	devices.set(folder, device)
	return {
		remount: () => {
			call('umount', folder)
			call('mount.exfat-fuse', device, folder)
		},
	}
}

function works(act: () => void): boolean {
	try {
		act()
		return true
	} catch {
		return false
	}
}

/** Why nothing can be mounted here; undefined when it can. */
export const noMounts: string | undefined = (() => {
	if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux can mount'
	const folder = tempFolder('mount-probe')
	if (!works(() => tmpfs(folder, '1m'))) return 'this system lets nobody mount'
	unmount(folder)
	return undefined
})()

/** Why no image can be mounted here; undefined when it can. */
export const noImages: string | undefined = (() => {
	if (noMounts !== undefined) return noMounts
	const folder = tempFolder('image-probe')
	if (!works(() => void ext4(folder, 8))) return 'no loop devices or no mkfs.ext4 here'
	unmount(folder)
	return undefined
})()

/** Why no exFAT volume can be mounted here; undefined when it can. */
export const noExfat: string | undefined = (() => {
	if (noMounts !== undefined) return noMounts
	const folder = tempFolder('exfat-probe')
	if (!works(() => exfat(folder, 8))) return 'no loop devices, mkfs.exfat or mount.exfat-fuse here'
	unmount(folder)
	return undefined
})()
