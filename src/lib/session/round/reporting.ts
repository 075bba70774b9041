// Sends and receives the report of a round, in as many frames as it needs.
import type {FileSyncError} from '../../errors/index.js'
import {wireLimits} from '../../wire/codes.js'
import {toJson} from '../../wire/json.js'
import {decode} from '../../wire/messages.js'
import {Report, type ReportFailure, type ReportRow, type ReportSums} from '../../wire/report.js'
import {BulkRoom, encodeRows} from '../batches.js'
import type {Conversation} from '../conversation.js'

/** One round as its leader tells of it. */
export interface RoundReport {
	readonly kind: 'round'
	/** The request that it answers; null: nobody asked. */
	readonly request: number | null
	readonly rows: readonly ReportRow[]
	readonly sums: ReportSums
}

/** A request that came to nothing. */
export interface FailedRequest {
	readonly kind: 'failed'
	readonly request: number
	readonly failure: ReportFailure
}

/** Sends one report; waits while the connection is full. */
export async function sendReport(
	conversation: Conversation,
	{request, rows, sums}: Omit<RoundReport, 'kind'>,
): Promise<void> {
	for (const body of encodeRows(rows, (some) => toJson({request, rows: some, sums: null}))) {
		conversation.send('report', body)
		await conversation.drained()
	}
	conversation.sendJson('report', {request, rows: [], sums})
}

/** Answers a request that failed. What is too long for a frame is cut. */
export const sendFailure = (
	conversation: Conversation,
	request: number,
	{code, message, advice}: FileSyncError,
): void =>
	conversation.sendJson('report', {
		request,
		rows: [],
		sums: null,
		failure: {
			code,
			message: message.slice(0, 4 * wireLimits.text),
			advice: advice.slice(0, 10).map((line) => line.slice(0, wireLimits.text)),
		},
	})

/** Puts the frames of one report after the other together. */
export class ReportReader {
	#rows: ReportRow[] = []
	#room = new BulkRoom('a report')

	/** undefined: more of it is to come. Throws PROTOCOL. */
	take(body: Uint8Array): RoundReport | FailedRequest | undefined {
		this.#room.take(body.byteLength)
		const {request, rows, sums, failure} = decode(Report, body, 'report')
		if (failure !== null && request !== null) return {kind: 'failed', request, failure}
		this.#rows.push(...rows)
		if (sums === null) return undefined
		const all = this.#rows
		this.#rows = []
		this.#room = new BulkRoom('a report')
		return {kind: 'round', request, rows: all, sums}
	}
}
