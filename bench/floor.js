// What a first sync of tiny files cannot cost less than: the bare system calls of it, in one thread of Node that does nothing else.
// Usage: node bench/floor.js (100,000 files of 600 bytes in /dev/shm, removed afterwards)
import {hash} from 'node:crypto'
import {
	closeSync,
	constants,
	existsSync,
	fstatSync,
	futimesSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readSync,
	rmSync,
	writeSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {pathOf, tinyFiles} from './lib/trees.js'

const [files, bytes] = [100_000, 600]
const home = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'filesync-floor-'))
const [source, target] = [join(home, 'source'), join(home, 'target')]
const paths = Array.from({length: files}, (_, i) => pathOf(i))
const content = new Uint8Array(bytes)

const ways = {
	'scan: lstat'(/** @type {string} */ path) {
		lstatSync(`${source}/${path}`)
	},
	'send: open, read, fstat, close'(/** @type {string} */ path) {
		const fd = openSync(`${source}/${path}`, constants.O_RDONLY)
		readSync(fd, content, 0, bytes, null)
		fstatSync(fd)
		closeSync(fd)
	},
	'SHA-256, on either side'() {
		hash('sha256', content, 'base64url')
	},
	'put: open, write, futimes, fstat, close'(/** @type {string} */ path) {
		const fd = openSync(`${target}/${path}`, 'wx', 0o644)
		writeSync(fd, content)
		futimesSync(fd, 1.7e9, 1.7e9)
		fstatSync(fd)
		closeSync(fd)
	},
}

try {
	tinyFiles(files, bytes).make(source)
	for (const folder of new Set(paths.map((path) => dirname(path)))) mkdirSync(join(target, folder), {recursive: true})
	for (const [name, way] of Object.entries(ways)) {
		const before = process.cpuUsage()
		for (const path of paths) way(path)
		const {user, system} = process.cpuUsage(before)
		console.log(
			`${name}: ${((user + system) / files).toFixed(1)} µs a file, ${(system / files).toFixed(1)} of it system`,
		)
	}
} finally {
	rmSync(home, {recursive: true, force: true})
}
