// Symbolic links as this system makes and shows them. Never follows one but to ask Windows' question: file or folder?
import {readlinkSync, statSync, symlinkSync, unlinkSync} from 'node:fs'
import {resolve} from 'node:path'
import {errnoOf} from '../../errors/index.js'
import {TreeError} from './errors.js'

/** A link's target as it is synced. Windows shows each `/` as `\`. */
export const targetText = (shown: string, platform: NodeJS.Platform = process.platform): string =>
	platform === 'win32' ? shown.replaceAll('\\', '/') : shown

/** Codes of disks that keep none: FAT, by the kernel and by FUSE. */
const withoutLinks = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'])

const refused = (why: string, code = 'ENOTSUP'): TreeError => new TreeError(code, `the link is not made here: ${why}`)

/**
 * Makes the link `at`, which is to stand in `folder` (absolute). Throws ENOTSUP where the disk takes none or shows another target
 * than was asked for: the next scan would take that for an edit, and give it to the peer.
 */
export function makeLink(target: string, at: string, folder: string): void {
	try {
		symlinkSync(target, at, typeFor(target, folder))
	} catch (error) {
		if (process.platform === 'win32' && errnoOf(error) === 'EPERM')
			throw refused('Windows lets only administrators, and users in developer mode, make links', 'EPERM')
		const code = errnoOf(error) ?? ''
		if (withoutLinks.has(code)) throw refused('this disk keeps no symbolic links', code)
		throw error
	}
	let shown: string
	try {
		shown = targetText(readlinkSync(at))
	} catch (error) {
		if (errnoOf(error) === 'ENOENT') throw refused('this system has no symbolic links')
		throw error
	}
	if (shown === target) return
	unlinkSync(at)
	throw refused('this system gives it another target')
}

/** Windows has links to files and links to folders; one of a target that is not there is taken for a link to a file. */
function typeFor(target: string, folder: string): 'dir' | 'file' | undefined {
	if (process.platform !== 'win32') return undefined
	try {
		return statSync(resolve(folder, target)).isDirectory() ? 'dir' : 'file'
	} catch {
		return 'file'
	}
}
