// One rescan of a folder without ignore rules, by a clock that stands still.
import type {IndexRecord} from '../../../src/lib/core/entries/entry.js'
import type {RelPath} from '../../../src/lib/core/paths.js'
import type {Index} from '../../../src/lib/index/index.js'
import {type DiffParts, diffScan} from '../../../src/lib/replica/scan/diff.js'
import {GoneEntries} from '../../../src/lib/replica/scan/gone-entries.js'
import {IgnoreRules} from '../../../src/lib/tree/index.js'

type Parts = Pick<DiffParts, 'root' | 'index' | 'batches' | 'reader'> &
	Partial<Pick<DiffParts, 'pages' | 'counts' | 'onChange' | 'keepsModes'>> & {
		readonly keepsInodes?: (path: RelPath) => boolean
	}

export const rescanOnce = ({
	index,
	pages = index.known(),
	counts = Promise.resolve(),
	onChange = () => {},
	keepsInodes = () => false,
	keepsModes = true,
	...rest
}: Parts) =>
	diffScan({
		...rest,
		index,
		pages,
		counts,
		onChange,
		gone: new GoneEntries(keepsInodes),
		keepsModes,
		rules: new IgnoreRules([]),
		newcomers: null,
		source: {device: index.device, nowMs: () => 1_700_000_000_000, takeSeq: () => index.takeSeq()},
		signal: new AbortController().signal,
	})

export async function recordsOf(index: Index): Promise<IndexRecord[]> {
	const all: IndexRecord[] = []
	for await (const run of index.all()) all.push(...run)
	return all
}
