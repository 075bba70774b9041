// What a leader tells of a round when it is over, and how a follower asks for one: frames `report` and `request`.
// A report is for people to read: nothing is decided by it.
import * as v from 'valibot'
import {wireLimits} from './codes.js'
import {counter, isText} from './json.js'

/** Announced in the greeting by a side that takes `report` frames as a follower and `request` frames as a leader. */
export const reportFeature = 'reports'

/** Asks the leader for a round. `direction`, `force` as seen from the side that asks. */
export const Request = v.object({
	id: counter,
	direction: v.picklist(['both', 'push', 'pull']),
	force: v.boolean(),
	dryRun: v.boolean(),
	allowDeletes: v.boolean(),
	verbose: v.boolean(),
})
export type Request = v.InferOutput<typeof Request>

/** One thing of a round: its kind and texts, in an order of the kind's own (node/connections/round-reports.ts). */
export type ReportRow = readonly [kind: 'action' | 'conflict' | 'problem', ...texts: string[]]

const kinds: ReadonlySet<unknown> = new Set(['action', 'conflict', 'problem'])
const mostTexts = 5
/** Characters of one of them: a path, doubled because it may be escaped. */
const mostText = 8192

const isReportRow = (value: unknown): value is ReportRow =>
	Array.isArray(value) &&
	value.length <= 1 + mostTexts &&
	kinds.has(value[0]) &&
	value.every((one) => isText(one, mostText))

const sums = v.object({
	ok: v.boolean(),
	dryRun: v.boolean(),
	hasActions: v.boolean(),
	pushed: counter,
	pulled: counter,
	deletedLocal: counter,
	deletedRemote: counter,
	renamed: counter,
	metadata: counter,
	bytesSent: counter,
	bytesReceived: counter,
	durationMs: counter,
	heldBack: counter,
	warning: v.nullable(v.pipe(v.string(), v.maxLength(wireLimits.text))),
})

/** Why a request failed without ending the conversation. Nothing was changed on either side. */
const failure = v.object({
	code: v.pipe(v.string(), v.maxLength(64)),
	message: v.pipe(v.string(), v.maxLength(4 * wireLimits.text)),
	advice: v.pipe(v.array(v.pipe(v.string(), v.maxLength(wireLimits.text))), v.maxLength(10)),
})

/** A round is over; all as seen from the leader. Rows come in as many frames as they need; the last one has `sums`, or `failure`. */
export const Report = v.object({
	/** Whose request this answers; null: the leader led by itself. */
	request: v.nullable(counter),
	rows: v.pipe(v.array(v.custom<ReportRow>(isReportRow, 'not a row of a report')), v.maxLength(wireLimits.rows)),
	sums: v.nullable(sums),
	failure: v.optional(v.nullable(failure), null),
})
export type Report = v.InferOutput<typeof Report>
export type ReportSums = v.InferOutput<typeof sums>
export type ReportFailure = v.InferOutput<typeof failure>
