import assert from 'node:assert/strict'
import {hasSharedDisk, isOnSharedDisk} from '../../src/lib/tree/disk/shared-disks.js'

const table = (...mounts: readonly (readonly [point: string, type: string])[]): string =>
	mounts.map(([point, type], i) => `${i + 30} 1 0:${i} / ${point} rw,relatime shared:1 - ${type} source rw\n`).join('')

const local = ['/', 'ext4'] as const
const rows: readonly [string, string, string, boolean][] = [
	['a disk of its own', table(local), '/home/me/Sync', false],
	['NFS above it', table(local, ['/home', 'nfs4']), '/home/me/Sync', true],
	['NFS at it', table(local, ['/home/me/Sync', 'nfs']), '/home/me/Sync', true],
	['a share below it', table(local, ['/home/me/Sync/share', 'cifs']), '/home/me/Sync', true],
	['a share beside it', table(local, ['/home/me/Sync2', 'cifs']), '/home/me/Sync', false],
	['a local disk on a share', table(local, ['/home', 'nfs'], ['/home/me/Sync', 'ext4']), '/home/me/Sync', false],
	['the later of two at one point', table(local, ['/m', 'ext4'], ['/m', 'fuse.sshfs']), '/m', true],
	['a blank in its name', table(local, ['/my\\040share', '9p']), '/my share/x', true],
	['FUSE of a phone', table(local, ['/storage/emulated', 'fuse']), '/storage/emulated/0/Sync', false],
	['all of the disk', table(['/', 'virtiofs']), '/', true],
	['no table', '', '/home/me/Sync', false],
]

describe('tree/shared-disks', () => {
	for (const [what, text, root, expected] of rows) it(what, () => assert.equal(hasSharedDisk(text, root), expected))
	it('the temporary folder of this machine can be asked', () => assert.equal(isOnSharedDisk('/no/such/folder'), false))
})
