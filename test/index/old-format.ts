// What the index in `format-1/` holds: it was written by the last FileSync whose indexes had format 1. Not a test.
import {createHash} from 'node:crypto'
import type {IndexRecord, State} from '../../src/lib/core/entries/entry.js'
import {deviceIdFrom, type VersionVector} from '../../src/lib/core/entries/versions.js'
import type {Agreement} from '../../src/lib/core/folder/agreement.js'
import type {Intent} from '../../src/lib/core/folder/intent.js'
import type {RelPath} from '../../src/lib/core/paths.js'

const rel = (text: string): RelPath => text as RelPath
const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')
const device = (byte: number) => deviceIdFrom(new Uint8Array(12).fill(byte))
const vector = (i: number): VersionVector =>
	i % 3 === 0
		? [[device(1), 1_700_000_000 + (i % 5)]]
		: [
				[device(1), 1_700_000_000],
				[device(2), 1_700_000_000 + (i % 7)],
			]

function stateOf(i: number): State {
	switch (i % 6) {
		case 0:
			return {kind: 'dir', mtime: 1_600_000_000_000_000 + i, mode: 0o755}
		case 1:
			return {kind: 'symlink', mtime: -i, target: `../ziel-${i}/ö"\n,`}
		case 2:
			return {kind: 'gone', since: 1_690_000_000 + i}
		case 3:
			return {kind: 'file', size: i * 1000, mtime: 1_600_000_000_123_456 + i, mode: 0o600, hash: null}
		default:
			return {kind: 'file', size: i, mtime: 1_600_000_000_000_001 + i, mode: 0o644, hash: hashOf(`${i}`)}
	}
}

/** Records of every kind, in several pages; paths that JSON and UTF-8 treat in their own ways. */
export const oldRecords: readonly IndexRecord[] = Array.from({length: 1500}, (_, i): IndexRecord => {
	const state = stateOf(i)
	const version = vector(i)
	const hasParts = i % 11 === 0 && state.kind !== 'gone'
	return {
		path: rel(`d${String(i).padStart(5, '0')}/${['plain', 'ä"\\', 'new\nline', '\u{1f600}', '\uffee'][i % 5]}`),
		state,
		version,
		parts: hasParts ? {content: [[device(1), 1_600_000_000]], mode: version} : undefined,
		seq: i + 1,
		disk:
			state.kind === 'gone'
				? null
				: {size: i, mtimeMs: 1_600_000_000_000.123 + i, ctimeMs: 0.1 + i, ino: 2 ** 52 + i, mode: 0o644},
		racy: i % 13 === 0,
		was: i % 7 === 0 ? {size: i, hash: hashOf(`was ${i}`)} : null,
	}
})

export const oldAgreement: Agreement = {
	peer: device(9),
	last: {generation: 4, token: 'token', mine: 1500, theirs: 7, pending: [rel('left')], rules: ['a', 'b']},
	before: null,
	confirmed: true,
	atSec: 1_700_000_001,
}

/** Of a sync that was cut off. */
export const oldIntents: readonly Intent[] = [
	{
		path: rel('to/come'),
		before: [],
		state: {kind: 'file', size: 3, mtime: 5, mode: 0o644, hash: hashOf('to come')},
		version: vector(1),
		parts: undefined,
		keepAs: {path: rel('to/come (copy)'), version: vector(0)},
		staged: 'abc',
		from: null,
	},
]

export const oldDevice = device(5)
export const oldRoot = {id: 'root-of-old', ino: 77, ctimeMs: 1.5}
