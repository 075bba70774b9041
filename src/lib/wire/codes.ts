// The frame types of protocol 3 and the limits both sides hold each other to. The source of truth for docs/PROTOCOL.md.
import {contentLimits} from '../core/entries/content-limits.js'

/** Spoken now, and the oldest that is still understood. */
export const protocol = {version: 3, oldest: 3} as const

export const frame = {
	hello: 1,
	welcome: 2,
	error: 3,
	ping: 4,
	pong: 5,
	deflated: 6,
	begin: 10,
	records: 11,
	scanned: 12,
	look: 13,
	looked: 14,
	steps: 15,
	prepare: 16,
	prepared: 17,
	carryOut: 18,
	fetch: 19,
	pack: 20,
	fileOpen: 21,
	fileData: 22,
	fileEnd: 23,
	applied: 24,
	credit: 25,
	settle: 26,
	settled: 27,
	finish: 28,
	confirm: 29,
	subscribe: 30,
	changed: 31,
	report: 32,
	request: 33,
	pending: 34,
	next: 35,
	ready: 36,
} as const

export type FrameName = keyof typeof frame
export type FrameType = (typeof frame)[FrameName]

/** Announced in the greeting by a side that takes `pending` frames. */
export const pendingFeature = 'pending'

/** Announced in the greeting by a side that sends and takes `confirm`. */
export const confirmFeature = 'confirm'

const names = new Map<number, FrameName>(Object.entries(frame).map(([name, type]) => [type, name as FrameName]))

export const frameName = (type: number): FrameName | undefined => names.get(type)

export const wireLimits = {
	/** Largest frame once both sides know each other; before that the channel allows 64 KiB. */
	frameBytes: 8 * 1024 * 1024,
	/** Rows of one `records`, `steps`, `look`, `fetch`, `applied` or `prepared` frame. */
	rows: 5000,
	/** Highest id of a step: packs and pieces have 32 bits for it. */
	stepId: 2 ** 32 - 1,
	/** Devices in one version vector. */
	devices: 1000,
	/** Bytes of a link's target (PATH_MAX). */
	targetBytes: 4095,
	/** Of contents; `windowBytes` are those in flight that the receiver has not yet acknowledged by `credit`. */
	...contentLimits,
	/** Highest generation of an agreement: one more, many times, is still a whole number. */
	generation: 2 ** 48,
	/** Paths that one agreement may leave over; with more of them nothing is agreed. */
	pending: 250_000,
	/** Left-over paths in one `settle` or `settled` frame at most; more than `fewPaths` of them travel in `pending` frames. */
	settlePaths: 20_000,
	fewPaths: 1000,
	/** Characters of a name, a message, an advice. */
	text: 1000,
} as const
