// A sight: all that a look at some paths shows of them, as one hash. Two are equal where `observe` finds nothing new.
import {createHash} from 'node:crypto'
import {type IndexRecord, isLive} from '../core/entry.js'
import {observationVersion} from '../core/observe.js'
import {kindCodes, type SeenRows} from '../core/seen.js'

/** 22 base64url characters. Of a folder its mode alone is compared, so the rest is left out. */
export function sightOfRows({paths, kinds, mode, size, mtimeMs, ctimeMs, ino, targets}: SeenRows): string {
	const hash = createHash('sha256').update(String(observationVersion)).update(kinds).update(mode)
	for (const column of [size, mtimeMs, ctimeMs, ino]) {
		const compared = column.slice()
		for (let row = kinds.indexOf(kindCodes.dir); row >= 0; row = kinds.indexOf(kindCodes.dir, row + 1))
			compared[row] = 0
		hash.update(compared)
	}
	hash.update(paths)
	for (const [row, target] of targets) hash.update(`\0${row}\0${target}`)
	return hash.digest('base64url').slice(0, 22)
}

/**
 * What a look shows of these paths as long as all of them are as recorded, and nothing new stands between them. undefined: a look
 * alone cannot tell, because the content of one of them is to be looked at once more.
 */
export function sightOfRecords(records: readonly IndexRecord[]): string | undefined {
	const live = records.filter(({state}) => isLive(state))
	const paths: string[] = []
	const kinds = new Uint8Array(live.length)
	const mode = new Uint16Array(live.length)
	const size = new Float64Array(live.length)
	const mtimeMs = new Float64Array(live.length)
	const ctimeMs = new Float64Array(live.length)
	const ino = new Float64Array(live.length)
	const targets: [number, string][] = []
	for (const [row, {path, state, disk, racy}] of live.entries()) {
		if (racy || disk === null || !isLive(state)) return undefined
		paths.push(path)
		kinds[row] = kindCodes[state.kind]
		mode[row] = disk.mode
		size[row] = disk.size
		mtimeMs[row] = disk.mtimeMs
		ctimeMs[row] = disk.ctimeMs
		ino[row] = disk.ino
		if (state.kind === 'symlink') targets.push([row, state.target])
	}
	return sightOfRows({paths: paths.join('\0'), kinds, mode, size, mtimeMs, ctimeMs, ino, targets})
}
