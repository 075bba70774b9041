// Disks that others change without this system being told: on a network, or lent by another system. A watch there tells of this
// system's own changes alone. Reads the table of mounts; where there is none, nothing is known of any disk.
import {readFileSync, realpathSync} from 'node:fs'
import {tableFile, unescaped} from './mounts.js'

/** Types of file systems, as the table names them. Of FUSE only those that are known to lie elsewhere: it is also the phone's own storage. */
const shared =
	/^(?:nfs\d?|cifs|smb\d?|smbfs|9p|ceph|afs|coda|lustre|gfs2|ocfs2|glusterfs|beegfs|orangefs|vboxsf|vmhgfs|virtiofs|davfs|prl_fs|fuse\.(?:sshfs|rclone|s3fs|gcsfuse|glusterfs|davfs|davfs2|cephfs|ceph-fuse|lizardfs|mfs|curlftpfs|gvfsd-fuse|google-drive-ocamlfuse|vmhgfs-fuse|portal|drvfs)|drvfs)$/

/** Does the folder lie on such a disk, or is one mounted below it? */
export function isOnSharedDisk(root: string): boolean {
	try {
		return hasSharedDisk(readFileSync(tableFile, 'utf8'), realpathSync(root))
	} catch {
		return false
	}
}

/** As told by a table of mounts: `ID PARENT DEVICE ROOT POINT OPTIONS [FIELD …] - TYPE SOURCE OPTIONS`, later ones on top. `root`: a real path. */
export function hasSharedDisk(table: string, root: string): boolean {
	let holder = {length: -1, type: ''}
	for (const line of table.split('\n')) {
		const [mount = '', disk = ''] = line.split(' - ')
		const point = unescaped(mount.split(' ')[4] ?? '')
		const type = disk.split(' ')[0] ?? ''
		if (point === '') continue
		if (isWithin(point, root) && point !== root && shared.test(type)) return true
		if (isWithin(root, point) && point.length >= holder.length) holder = {length: point.length, type}
	}
	return shared.test(holder.type)
}

const isWithin = (path: string, folder: string): boolean =>
	path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
