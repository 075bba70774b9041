// What crosses the border between the main thread and a worker: one call, and what comes back for it.
import type {PlainError} from '../disk/errors.js'

export interface Request {
	readonly id: number
	readonly name: string
	readonly args: unknown
	/** The process stays, so the worker keeps its heap steady, too. */
	readonly isSteady: boolean
}
export type Reply =
	| {readonly id: number; readonly kind: 'done'; readonly value: unknown}
	| {readonly id: number; readonly kind: 'event'; readonly event: unknown}
	| {readonly id: number; readonly kind: 'failed'; readonly error: PlainError}
