// Rows of index entries and plan steps: JSON tuples with a table of version vectors in front, so that a vector shared by
// thousands of rows stands there once. Each row is checked; a bad path spoils its own row only.
import type {Entry, Hash, State} from '../core/entry.js'
import type {PartVersions} from '../core/parts.js'
import {limits, parseRelPath, type RelPath} from '../core/paths.js'
import {type KeepAs, type PlanStep, stepTo} from '../core/plan.js'
import {compareVersions, type DeviceId, parseDeviceId, type VersionVector} from '../core/versions.js'
import {wireLimits} from './codes.js'
import {protocolFault} from './fault.js'
import {isCounter, parseJson, toJson} from './json.js'

/** Characters of a bad path that are kept: no honest peer has a longer one. */
const shownPath = limits.pathBytes

/** A row that is refused alone: its path as the peer wrote it, and why. */
export interface RefusedRow {
	readonly path: string
	readonly fault: string
	/** The step's id, where the row is a step. */
	readonly id: number | null
}

/** Microseconds: from the year 1 to 9999, wider than any file system. */
const mtimeBound = {least: -62_135_596_800_000_000, most: 253_402_300_799_000_000} as const

const kinds = {file: 'f', dir: 'd', symlink: 'l', gone: 'g'} as const
type VectorRow = readonly (string | number)[]

class VectorTable {
	readonly rows: VectorRow[] = []
	readonly #known = new Map<VersionVector, number>()
	readonly #byText = new Map<string, number>()

	add(version: VersionVector): number {
		const known = this.#known.get(version)
		if (known !== undefined) return known
		const row = version.flat()
		const text = row.join()
		let at = this.#byText.get(text)
		if (at === undefined) {
			at = this.rows.push(row) - 1
			this.#byText.set(text, at)
		}
		this.#known.set(version, at)
		return at
	}
}

/** Counters are seconds since 1970 or a little more; one near 2^53 could not be counted up any further. */
const maxCounter = 2 ** 48

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value)
/** null: it counts too high. A frame of an honest peer may hold such a vector, which it took from another that is not. */
function decodeVector(row: unknown): VersionVector | null {
	if (!isArray(row) || row.length % 2 !== 0 || row.length > 2 * wireLimits.devices)
		throw protocolFault('a version vector of a wrong shape')
	const vector: (readonly [DeviceId, number])[] = []
	let last = ''
	let isTooHigh = false
	for (let i = 0; i < row.length; i += 2) {
		const text = row[i]
		const count = row[i + 1]
		const device = typeof text === 'string' ? parseDeviceId(text) : undefined
		if (device === undefined || device <= last) throw protocolFault('a version vector with a wrong device')
		if (!isCounter(count) || count < 1) throw protocolFault('a version vector with a wrong counter')
		if (count > maxCounter) isTooHigh = true
		vector.push([device, count])
		last = device
	}
	return isTooHigh ? null : vector
}

/** Adds the state and its parts as six columns: kind, size, mtime, mode, extra, parts. */
function addColumns(row: unknown[], state: State, parts: PartVersions | undefined, table: VectorTable): unknown[] {
	addState(row, state)
	row.push(parts === undefined ? 0 : [table.add(parts.content), table.add(parts.mode)])
	return row
}

function addState(row: unknown[], state: State): unknown[] {
	switch (state.kind) {
		case 'file':
			row.push(kinds.file, state.size, state.mtime, state.mode, state.hash)
			return row
		case 'dir':
			row.push(kinds.dir, 0, state.mtime, state.mode, null)
			return row
		case 'symlink':
			row.push(kinds.symlink, 0, state.mtime, 0, state.target)
			return row
		case 'gone':
			row.push(kinds.gone, state.since, 0, 0, null)
			return row
	}
}

const hashPattern = /^[A-Za-z0-9_-]{43}$/

export const isHash = (value: unknown): value is Hash => typeof value === 'string' && hashPattern.test(value)

function decodeState(kind: unknown, size: unknown, mtime: unknown, mode: unknown, extra: unknown): State {
	if (!isCounter(size)) throw protocolFault('an entry with a wrong size')
	if (typeof mtime !== 'number' || !Number.isInteger(mtime) || mtime < mtimeBound.least || mtime > mtimeBound.most)
		throw protocolFault('an entry with a wrong mtime')
	if (!isCounter(mode)) throw protocolFault('an entry with a wrong mode')
	const bits = mode & 0o777
	switch (kind) {
		case kinds.file:
			if (extra !== null && !isHash(extra)) throw protocolFault('a file with a wrong hash')
			return {kind: 'file', size, mtime, mode: bits, hash: extra}
		case kinds.dir:
			if (extra !== null) throw protocolFault('a folder with a hash')
			return {kind: 'dir', mtime, mode: bits}
		case kinds.symlink:
			if (
				typeof extra !== 'string' ||
				extra === '' ||
				extra.includes('\0') ||
				Buffer.byteLength(extra) > wireLimits.targetBytes
			)
				throw protocolFault('a link with a wrong target')
			return {kind: 'symlink', mtime, target: extra}
		case kinds.gone:
			if (extra !== null) throw protocolFault('a tombstone with content')
			return {kind: 'gone', since: size}
		default:
			throw protocolFault('an entry of unknown kind')
	}
}

interface Rows {
	readonly vectors: readonly (VersionVector | null)[]
	readonly rows: readonly (readonly unknown[])[]
}

function decodeRows(body: Uint8Array, what: string, width: number): Rows {
	const value = parseJson(body, what)
	if (!isArray(value) || value.length !== 2) throw protocolFault(`a ${what} frame of a wrong shape`)
	const [vectors, rows] = value
	if (!isArray(vectors) || !isArray(rows) || rows.length > wireLimits.rows || vectors.length > 2 * wireLimits.rows)
		throw protocolFault(`a ${what} frame with too many rows`)
	for (const row of rows)
		if (!isArray(row) || row.length !== width) throw protocolFault(`a ${what} row of a wrong shape`)
	return {vectors: vectors.map(decodeVector), rows: rows as readonly (readonly unknown[])[]}
}

const tooHigh = 'has a version that counts too high'

function vectorAt(vectors: Rows['vectors'], at: unknown): VersionVector | null {
	const vector = typeof at === 'number' ? vectors[at] : undefined
	if (vector === undefined) throw protocolFault('an entry without a version')
	return vector
}

/**
 * Parts must be at or before the version of the entry. Others, and those with a counter that is too high, are dropped (the entry counts
 * as edited whole): else an edit of this side could be taken for one that the peer already had.
 */
function partsFrom(vectors: Rows['vectors'], value: unknown, version: VersionVector | null): PartVersions | undefined {
	if (value === 0) return undefined
	if (!isArray(value) || value.length !== 2) throw protocolFault('an entry with versions of a wrong shape')
	const content = vectorAt(vectors, value[0])
	const mode = vectorAt(vectors, value[1])
	if (version === null || content === null || mode === null) return undefined
	const isPart = (part: VersionVector): boolean => {
		const order = compareVersions(part, version)
		return order === 'before' || order === 'equal'
	}
	return isPart(content) && isPart(mode) ? {content, mode} : undefined
}

function pathText(value: unknown): string {
	if (typeof value !== 'string') throw protocolFault('an entry without a path')
	return value
}

/** Encodes at most `wireLimits.rows` entries. */
export function encodeEntries(entries: readonly Entry[]): Uint8Array {
	const table = new VectorTable()
	const rows = entries.map(({path, state, version, parts}) =>
		addColumns([path, table.add(version)], state, parts, table),
	)
	return toJson([table.rows, rows])
}

export interface DecodedEntries {
	readonly entries: readonly Entry[]
	readonly refused: readonly RefusedRow[]
}

/** A tombstone of a path that cannot be here is dropped: nothing is to be done for it. */
export function decodeEntries(body: Uint8Array): DecodedEntries {
	const {vectors, rows} = decodeRows(body, 'records', 8)
	const entries: Entry[] = []
	const refused: RefusedRow[] = []
	// By index: taking a row apart by its iterator costs as much as all the rest, until V8 has optimised it.
	for (const row of rows) {
		const path = pathText(row[0])
		const version = vectorAt(vectors, row[1])
		const state = decodeState(row[2], row[3], row[4], row[5], row[6])
		const parts = partsFrom(vectors, row[7], version)
		const check = parseRelPath(path)
		if (check.ok && version !== null) entries.push({path: check.path, state, version, parts})
		else if (check.ok || state.kind !== 'gone')
			refused.push({path: path.slice(0, shownPath), fault: check.ok ? tooHigh : check.fault, id: null})
	}
	return {entries, refused}
}

const doing = {put: 'p', mkdir: 'm', link: 'l', remove: 'r', agree: 'a'} as const

/** Encodes at most `wireLimits.rows` steps. */
export function encodeSteps(steps: readonly PlanStep[]): Uint8Array {
	const table = new VectorTable()
	const rows = steps.map((step) => {
		const {id, path, version, keepAs} = step
		const vector = table.add(version)
		const copy = keepAs === null ? 0 : table.add(keepAs.version)
		return addColumns([id, doing[step.do], path, vector, keepAs?.path ?? null, copy], step.state, step.parts, table)
	})
	return toJson([table.rows, rows])
}

const codeOf = {file: doing.put, dir: doing.mkdir, symlink: doing.link, gone: doing.remove} as const

function stepFrom(
	id: number,
	path: RelPath,
	code: unknown,
	state: State,
	version: VersionVector,
	parts: PartVersions | undefined,
	keepAs: KeepAs | null,
): PlanStep {
	if (code === doing.agree) return {id, do: 'agree', path, state, version, parts, keepAs}
	if (code !== codeOf[state.kind]) throw protocolFault('a step that does not fit its state')
	return stepTo(id, path, state, version, parts, keepAs, path)
}

const noVersion: VersionVector = []

/** The steps a leader wants carried out here. */
export function decodeSteps(body: Uint8Array): {steps: readonly PlanStep[]; refused: readonly RefusedRow[]} {
	const {vectors, rows} = decodeRows(body, 'steps', 12)
	const steps: PlanStep[] = []
	const refused: RefusedRow[] = []
	for (const row of rows) {
		const id = row[0]
		const path = pathText(row[2])
		const copy = row[4]
		if (!isCounter(id)) throw protocolFault('a step without an id')
		const state = decodeState(row[6], row[7], row[8], row[9], row[10])
		const version = vectorAt(vectors, row[3])
		const parts = partsFrom(vectors, row[11], version)
		const check = parseRelPath(path)
		const copyCheck = copy === null ? null : parseRelPath(pathText(copy))
		const copyVersion = copyCheck === null ? noVersion : vectorAt(vectors, row[5])
		if (check.ok && copyCheck?.ok !== false && version !== null && copyVersion !== null) {
			const keepAs: KeepAs | null = copyCheck === null ? null : {path: copyCheck.path, version: copyVersion}
			steps.push(stepFrom(id, check.path, row[1], state, version, parts, keepAs))
			continue
		}
		const fault = !check.ok ? check.fault : copyCheck?.ok === false ? copyCheck.fault : tooHigh
		refused.push({path: path.slice(0, shownPath), fault, id})
	}
	return {steps, refused}
}

/** Lists of checked paths in small bodies; one bad path spoils the frame, because the answer is in the same order. */
export function parsePaths(paths: readonly string[], what: string): readonly RelPath[] {
	return paths.map((path) => {
		const check = parseRelPath(path)
		if (!check.ok) throw protocolFault(`a ${what} for a path that ${check.fault}`)
		return check.path
	})
}
