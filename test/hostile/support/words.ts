// What a well-behaved peer of protocol 3 says, as plain values that a test bends: greetings, index rows, steps.
import {createHash, randomBytes} from 'node:crypto'
import type {Entry} from '../../../src/lib/core/entries/entry.js'
import type {VersionVector} from '../../../src/lib/core/entries/versions.js'
import {deviceIdFrom} from '../../../src/lib/core/entries/versions.js'
import {encodePack} from '../../../src/lib/wire/content.js'
import {decodeEntries} from '../../../src/lib/wire/entries.js'
import {Applied, decode, Prepared, Welcome} from '../../../src/lib/wire/messages.js'
import {batchBytes, type CopyRow, type StateColumns, stepsBytes} from './columns.js'
import type {HostilePeer} from './peer.js'

export const newDevice = (): string => deviceIdFrom(randomBytes(12))

export const hashOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('base64url')

export const greeting = (device: string) => ({
	protocol: 3,
	oldest: 3,
	software: 'hostile 0',
	device,
	name: 'hostile',
	clockMs: Date.now(),
	rules: '',
	maxDeletePercent: 100,
	maxConcurrency: 1,
	features: [],
})

export const hello = (device: string, bend: object = {}) => ({
	...greeting(device),
	agreements: [],
	probe: randomBytes(16).toString('hex'),
	...bend,
})

export const welcome = (device: string, bend: object = {}) => ({
	...greeting(device),
	agreement: null,
	sameFolder: false,
	...bend,
})

/** Microseconds of an ordinary day. */
export const mtime = 1_700_000_000_000_000

export const fileColumns = (content: string | Uint8Array, mode = 0o644): StateColumns => [
	'f',
	Buffer.byteLength(content),
	mtime,
	mode,
	hashOf(content),
]
export const folderColumns = (mode = 0o755): StateColumns => ['d', 0, mtime, mode, null]
export const linkColumns = (target: string): StateColumns => ['l', 0, mtime, 0, target]
export const goneColumns: StateColumns = ['g', 1_700_000_000, 0, 0, null]

export interface PackedFile {
	readonly id: number
	readonly content: string
	/** Told in place of the content's own. */
	readonly size?: number
	readonly hash?: string
	readonly fault?: {readonly code: string; readonly message: string}
}

/** The parts of a `pack` frame. */
export const packFrame = (files: readonly PackedFile[]): readonly Uint8Array[] =>
	encodePack(
		{
			ids: Uint32Array.from(files, ({id}) => id),
			sizes: Uint32Array.from(files, ({content, size}) => size ?? Buffer.byteLength(content)),
			hashes: Buffer.concat(
				files.map(({content, hash, fault}) =>
					fault === undefined ? Buffer.from(hash ?? hashOf(content), 'base64url') : Buffer.alloc(32),
				),
			),
			faults: files.flatMap(({fault}, row) => (fault === undefined ? [] : [[row, fault] as const])),
		},
		Buffer.from(files.map(({content}) => content).join('')),
	)

/** What the other side showed of its index. */
export type Shown = ReadonlyMap<string, Entry>

/** Greets as a leader; gives the welcome. */
export async function greetAs(peer: HostilePeer, device: string, bend: object = {}): Promise<Welcome> {
	peer.say('hello', hello(device, bend))
	const {body} = await peer.hear('welcome')
	return decode(Welcome, body, 'welcome')
}

/** Begins a round and takes the index. */
export async function beginRound(peer: HostilePeer): Promise<Shown> {
	peer.say('begin', {round: 1})
	const shown = new Map<string, Entry>()
	for (;;) {
		const {name, body} = await peer.hear('records', 'scanned')
		if (name === 'scanned') return shown
		for (const entry of decodeEntries(body).entries) shown.set(entry.path, entry)
	}
}

type Vector = readonly unknown[]

/** A vector after `vector`, by one edit of `device`. */
export function after(vector: VersionVector, device: string): Vector {
	const mine = vector.find(([id]) => id === device)?.[1] ?? 0
	const others = vector.filter(([id]) => id !== device).map(([id, count]): [string, number] => [id, count])
	return [...others, [device, mine + 1] as const].sort(([a], [b]) => (a < b ? -1 : 1)).flat()
}

/** A step as it goes into a `steps` frame; anything may be wrong with it. */
export interface Wish {
	readonly id: number
	/** p, m, l, r: bring about the state (put, mkdir, link, remove); a: agree. */
	readonly do: string
	readonly path: string | Uint8Array
	readonly state: StateColumns
	readonly copy?: string | Uint8Array
	/** The version; else one after what the follower has. */
	readonly vector?: Vector
	/** Indexes of the versions of content and mode. */
	readonly parts?: readonly unknown[]
}

const doing: Readonly<Record<string, number>> = {p: 0, m: 0, l: 0, r: 0, a: 1}
const unknownDoing = 7

export function stepsFrame(wishes: readonly Wish[], shown: Shown, device: string): Uint8Array {
	const vectors: Vector[] = []
	const copies: CopyRow[] = []
	const rows = wishes.map(({path, state, vector, copy, parts}, row) => {
		const known = typeof path === 'string' ? shown.get(path)?.version : undefined
		const version = vectors.push(vector ?? after(known ?? [], device)) - 1
		if (copy !== undefined) copies.push({row, version: vectors.push([device, 7]) - 1, path: copy})
		return {path, state, version, parts}
	})
	return stepsBytes({
		batch: batchBytes(rows, vectors),
		ids: wishes.map(({id}) => id),
		doing: wishes.map((wish) => doing[wish.do] ?? unknownDoing),
		copies,
	})
}

/** As an honest peer sends them. */
export const inPathOrder = <T extends {readonly path: string | Uint8Array}>(rows: readonly T[]): T[] =>
	[...rows].sort((a, b) => (String(a.path) < String(b.path) ? -1 : 1))

/** How the follower will carry out a step; steps that need all of it are not named. */
export type Answers = ReadonlyMap<number, {readonly how: string; readonly code: string}>

/** Closes the plan and takes the answer. */
export async function closePlan(peer: HostilePeer, bend: object = {}): Promise<Answers> {
	peer.say('prepare', {allowDeletes: true, dryRun: false, ...bend})
	const answers = new Map<number, {how: string; code: string}>()
	for (;;) {
		const {body} = await peer.hear('prepared')
		const {last, steps} = decode(Prepared, body, 'prepared')
		for (const [id, how, , code] of steps) answers.set(id, {how, code})
		if (last) return answers
	}
}

/** Ends a round; gives the fault's code of each step that was not done, by id. */
export async function settleRound(peer: HostilePeer, bend: object = {}): Promise<Map<number, string>> {
	peer.say('settle', {agree: false, generation: 1, token: 'token', leaderSeq: 1, pending: [], hold: [], ...bend})
	const faults = new Map<number, string>()
	for (;;) {
		const {name, body} = await peer.hear('applied', 'settled')
		if (name === 'settled') return faults
		for (const [id, fault] of decode(Applied, body, 'applied').results) if (fault !== null) faults.set(id, fault.code)
	}
}

/** Sends one content as a pack; `bend` changes its row. */
export const packOf = (peer: HostilePeer, id: number, content: string, bend: Partial<PackedFile> = {}): void =>
	peer.parts('pack', packFrame([{id, content, ...bend}]))
