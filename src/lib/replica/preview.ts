// The preview of a first sync (--first-sync with --dry-run): a temporary index with what the real one would hold after starting over,
// removed after the dry run. The real index is only read.
import {mkdtempSync, rmdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {ownFolder} from '../core/paths.js'
import {FileSyncError} from '../errors/index.js'
import {Index, type IndexOptions, renewed} from '../index/index.js'
import {readMarker} from '../tree/index.js'

export interface PreviewIndex {
	readonly index: Index
	/** The folder of `index`. */
	readonly dir: string
	/** Closes and removes `index`. Call it once nothing else uses it. */
	readonly release: () => Promise<void>
}

export const isDamaged = (error: unknown): boolean => error instanceof FileSyncError && error.code === 'INDEX_DAMAGED'

/** Opens the real index and holds it until the preview is released, so that no other process works on the folder. */
export async function openPreviewIndex(root: string, options: IndexOptions): Promise<PreviewIndex> {
	let real: Index | undefined
	try {
		real = await Index.open(options)
	} catch (error) {
		if (!isDamaged(error)) throw error
	}
	try {
		const preview = await previewIndex(root, options, real)
		const release = async (): Promise<void> => {
			await preview.release()
			await real?.close()
		}
		return {...preview, release}
	} catch (error) {
		await real?.close()
		throw error
	}
}

/** Makes the index of a preview; `real` undefined: it cannot be read, and a first sync would begin with nothing. */
export async function previewIndex(
	root: string,
	options: Omit<IndexOptions, 'dir'>,
	real: Index | undefined,
): Promise<PreviewIndex> {
	const marker = readMarker(root)
	const home = mkdtempSync(join(tmpdir(), 'filesync-preview-'))
	const dir = join(home, 'index')
	let index: Index | undefined
	const release = async (): Promise<void> => {
		await index?.close()
		rmSync(home, {recursive: true, force: true})
		if (marker === null) removeEmptyOwnFolder(root)
	}
	try {
		index = await Index.open({...options, dir})
		try {
			if (real !== undefined) await seed(index, real, options.nowSec())
		} catch (error) {
			// It is read whole here for the first time. What was filled in until then is not written.
			if (!isDamaged(error)) throw error
		}
		if (marker !== null) await index.write({root: marker})
		return {index, dir, release}
	} catch (error) {
		await release()
		throw error
	}
}

/** What `Index.startOver` makes of the records of `real`. */
async function seed(index: Index, real: Index, nowSec: number): Promise<void> {
	const fill = index.fill()
	if (fill === undefined) throw new Error('the index of a preview is new')
	const version = [[index.device, Math.max(1, Math.floor(nowSec))]] as const
	for await (const records of real.all())
		for (const record of records) {
			const fresh = renewed(record, version, () => index.takeSeq())
			if (fresh !== null) fill.add(fresh)
		}
	await index.finishFill(fill)
}

/** Where no folder of FileSync's own was, the greeting made one for its probe. */
function removeEmptyOwnFolder(root: string): void {
	try {
		rmdirSync(join(root, ownFolder))
	} catch {
		// Absent, or not empty: then this preview did not make it.
	}
}
