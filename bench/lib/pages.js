// Memory that is at hand. On a virtual machine whose host takes free memory back, a page that nobody used for a while costs 17 µs when
// it is written to (4.5 s a GiB), one that was just freed costs 1 µs, and chance decides which a program gets.
import {closeSync, openSync, rmSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {bytesPerFile, isInMemory} from './room.js'

/** Written at once. */
const block = Buffer.alloc(2 ** 20)

/**
 * Uses and frees as much memory as a copy of this tree takes, where trees lie in memory: whoever writes next gets those pages.
 * @param {string} dir @param {import('./trees.js').Tree} tree
 */
export function touchPages(dir, {bytes, files}) {
	if (!isInMemory(dir)) return
	const file = join(dir, 'pages')
	const fd = openSync(file, 'w')
	try {
		for (let left = bytes + files * bytesPerFile; left > 0; left -= block.length) writeSync(fd, block)
	} finally {
		closeSync(fd)
		rmSync(file)
	}
}
