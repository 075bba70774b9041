// Owns a page: some hundred records of neighbouring paths as one immutable value. Decodes no more than asked for:
// a changed record among 256 costs one parsed line, not 256. Never knows where pages are kept.
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

export class Page {
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

	/** A page from its stored bytes. Throws Damage when they do not match `crc`. */
	static decode(value: Uint8Array, crc: number, interner: Interner): Page {
		if (crc32(value) !== crc) throw new Damage('a page of records does not match its checksum')
		const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
		const end = text.indexOf('\n')
		const [devices, flat, seqs] = elements(
			parseStored(text.slice(0, end), 'the header of a page'),
			'the header of a page',
		)
		const numbers = elements(seqs, 'the sequence numbers of a page')
		if (!numbers.every(isCount)) throw new Damage('a sequence number is malformed')
		const page = new Page(decodeVectors(devices, flat, interner), numbers)
		page.#body = text.slice(end + 1)
		return page
	}

	/** A page of lines that were encoded with `vectors`; `seqs` one for each. */
	static ofLines(lines: readonly string[], seqs: readonly number[], vectors: readonly VersionVector[]): Page {
		const page = new Page(vectors, seqs)
		page.#lines = lines
		return page
	}

	/** A page of records sorted by path. */
	static ofRecords(records: readonly IndexRecord[]): Page {
		const table = new VectorTable()
		for (const {version, parts} of records) {
			table.indexOf(version)
			partIndexes(parts, table)
		}
		const page = new Page(
			table.vectors,
			records.map((record) => record.seq),
		)
		page.#records = records
		return page
	}

	encode(): Buffer {
		const header = JSON.stringify([...encodeVectors(this.vectors), this.seqs])
		const lines = this.#lines ?? (this.#records === undefined ? this.lines() : this.#encodeLines(this.#records))
		return Buffer.from(`${header}\n${lines.join(',\n')}`)
	}

	/** Not kept by `encode`: of a bulk of new pages nearly none is asked for its lines again. */
	#encodeLines(records: readonly IndexRecord[]): readonly string[] {
		const table = new VectorTable(this.vectors)
		return records.map((record) => encodeLine(record, table))
	}

	get count(): number {
		return this.seqs.length
	}

	/** The lines as stored, for a new page that changes few of them. */
	lines(): readonly string[] {
		if (this.#lines === undefined) {
			if (this.#body !== undefined) this.#lines = this.#body.split(',\n')
			else this.#lines = this.#encodeLines(this.#records ?? [])
			this.#body = undefined
			if (this.#lines.length !== this.seqs.length)
				throw new Damage('a page holds another number of records than it says')
		}
		return this.#lines
	}

	/** All records, in path order; kept, so that a cached page is decoded once. */
	records(): readonly IndexRecord[] {
		if (this.#records === undefined) {
			const body = this.#body ?? this.lines().join(',\n')
			const tuples = elements(parseStored(`[${body}]`, 'a page of records'), 'a page of records')
			if (tuples.length !== this.seqs.length) throw new Damage('a page holds another number of records than it says')
			this.#records = tuples.map((tuple, i) => decodeTuple(tuple, this.vectors, this.seqs[i] ?? 0))
		}
		return this.#records
	}

	/** The record at a position that exists. */
	recordAt(index: number): IndexRecord {
		const known = this.#records?.[index]
		if (known !== undefined) return known
		const line = this.lines()[index]
		if (line === undefined) throw new RangeError(`a page of ${this.count} records has none at ${index}`)
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
