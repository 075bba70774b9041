// Owns a run: some hundred records of neighbouring paths as one immutable value. Decodes no more than asked for:
// a changed record among 256 costs one parsed line, not 256. Never knows where runs are kept.
//
//   [devices, vectors, seqs]\n
//   tuple,\n
//   tuple                          sorted by path; JSON escapes newlines, so `,\n` only stands between tuples
import type {IndexRecord} from '../../core/entry.js'
import type {RelPath} from '../../core/paths.js'
import type {VersionVector} from '../../core/versions.js'
import {crc32, Damage, elements, isCount, parseStored} from '../store/checks.js'
import {decodeTuple, encodeLine, partIndexes, pathOfTuple} from './tuple.js'
import {decodeVectors, encodeVectors, type Interner, VectorTable} from './vectors.js'

export class Run {
	readonly vectors: readonly VersionVector[]
	/** One per record, in path order, so not sorted themselves. */
	readonly seqs: readonly number[]
	#body: string | undefined
	#lines: readonly string[] | undefined
	#records: readonly IndexRecord[] | undefined

	private constructor(vectors: readonly VersionVector[], seqs: readonly number[]) {
		this.vectors = vectors
		this.seqs = seqs
	}

	/** A run from its stored bytes. Throws Damage when they do not match `crc`. */
	static decode(value: Uint8Array, crc: number, interner: Interner): Run {
		if (crc32(value) !== crc) throw new Damage('a run of records does not match its checksum')
		const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
		const end = text.indexOf('\n')
		const [devices, flat, seqs] = elements(
			parseStored(text.slice(0, end), 'the header of a run'),
			'the header of a run',
		)
		const numbers = elements(seqs, 'the sequence numbers of a run')
		if (!numbers.every(isCount)) throw new Damage('a sequence number is malformed')
		const run = new Run(decodeVectors(devices, flat, interner), numbers)
		run.#body = text.slice(end + 1)
		return run
	}

	/** A run of lines that were encoded with `vectors`; `seqs` one for each. */
	static ofLines(lines: readonly string[], seqs: readonly number[], vectors: readonly VersionVector[]): Run {
		const run = new Run(vectors, seqs)
		run.#lines = lines
		return run
	}

	/** A run of records sorted by path. */
	static ofRecords(records: readonly IndexRecord[]): Run {
		const table = new VectorTable()
		for (const {version, parts} of records) {
			table.indexOf(version)
			partIndexes(parts, table)
		}
		const run = new Run(
			table.vectors,
			records.map((record) => record.seq),
		)
		run.#records = records
		return run
	}

	encode(): Buffer {
		const header = JSON.stringify([...encodeVectors(this.vectors), this.seqs])
		const lines = this.#lines ?? (this.#records === undefined ? this.lines() : this.#encodeLines(this.#records))
		return Buffer.from(`${header}\n${lines.join(',\n')}`)
	}

	/** Not kept by `encode`: of a bulk of new runs nearly none is asked for its lines again. */
	#encodeLines(records: readonly IndexRecord[]): readonly string[] {
		const table = new VectorTable(this.vectors)
		return records.map((record) => encodeLine(record, table))
	}

	get count(): number {
		return this.seqs.length
	}

	/** The lines as stored, for a new run that changes few of them. */
	lines(): readonly string[] {
		if (this.#lines === undefined) {
			if (this.#body !== undefined) this.#lines = this.#body.split(',\n')
			else this.#lines = this.#encodeLines(this.#records ?? [])
			this.#body = undefined
			if (this.#lines.length !== this.seqs.length)
				throw new Damage('a run holds another number of records than it says')
		}
		return this.#lines
	}

	/** All records, in path order; kept, so that a cached run is decoded once. */
	records(): readonly IndexRecord[] {
		if (this.#records === undefined) {
			const body = this.#body ?? this.lines().join(',\n')
			const tuples = elements(parseStored(`[${body}]`, 'a run of records'), 'a run of records')
			if (tuples.length !== this.seqs.length) throw new Damage('a run holds another number of records than it says')
			this.#records = tuples.map((tuple, i) => decodeTuple(tuple, this.vectors, this.seqs[i] ?? 0))
		}
		return this.#records
	}

	/** The record at a position that exists. */
	recordAt(index: number): IndexRecord {
		const known = this.#records?.[index]
		if (known !== undefined) return known
		const line = this.lines()[index]
		if (line === undefined) throw new RangeError(`a run of ${this.count} records has none at ${index}`)
		return decodeTuple(parseStored(line, 'a record'), this.vectors, this.seqs[index] ?? 0)
	}

	pathAt(index: number): RelPath {
		const known = this.#records?.[index]
		if (known !== undefined) return known.path
		return pathOfTuple(parseStored(this.lines()[index] ?? '', 'a record'))
	}

	/** Where `path` stands, or `~` of where it would. */
	indexOf(path: RelPath): number {
		let low = 0
		let high = this.count
		while (low < high) {
			const middle = (low + high) >>> 1
			const there = this.pathAt(middle)
			if (there === path) return middle
			if (there < path) low = middle + 1
			else high = middle
		}
		return ~low
	}

	/** The records changed after `seq`, in path order. */
	since(seq: number): readonly IndexRecord[] {
		const isAll = this.seqs.every((own) => own > seq)
		if (isAll) return this.records()
		const found: IndexRecord[] = []
		for (let i = 0; i < this.seqs.length; i++) if ((this.seqs[i] ?? 0) > seq) found.push(this.recordAt(i))
		return found
	}
}
