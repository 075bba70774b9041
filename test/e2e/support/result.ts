// What `--json` printed, checked and typed. Anything that is not the contract's shape fails the test here.
import assert from 'node:assert/strict'
import * as v from 'valibot'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const winner = v.picklist(['local', 'remote'])

const ActionSchema = v.strictObject({
	action: v.string(),
	path: v.string(),
	from: v.optional(v.string()),
	winner: v.optional(winner),
	copy: v.optional(v.string()),
})

export const countFields = {
	pushed: count,
	pulled: count,
	deleted_local: count,
	deleted_remote: count,
	renamed: count,
	metadata: count,
} as const

export const ProblemSchema = v.strictObject({path: v.string(), side: winner, code: v.string(), message: v.string()})

const ResultSchema = v.strictObject({
	ok: v.boolean(),
	dry_run: v.boolean(),
	peer: v.strictObject({host: v.string(), port: count, name: v.string(), fingerprint: v.string()}),
	...countFields,
	conflicts: v.array(v.strictObject({path: v.string(), winner, copy: v.string()})),
	problems: v.array(ProblemSchema),
	actions: v.optional(v.array(ActionSchema)),
	bytes_sent: count,
	bytes_received: count,
	duration_ms: count,
})

const ErrorSchema = v.strictObject({
	ok: v.literal(false),
	error: v.strictObject({code: v.string(), message: v.string(), try: v.array(v.string())}),
})

export type SyncResult = v.InferOutput<typeof ResultSchema>
export type Action = v.InferOutput<typeof ActionSchema>

/** The counts of a result, for one comparison. */
export type Counts = Readonly<Record<keyof typeof countFields, number>>
export const noCounts: Counts = {pushed: 0, pulled: 0, deleted_local: 0, deleted_remote: 0, renamed: 0, metadata: 0}

export function countsOf(result: Counts): Counts {
	const {pushed, pulled, deleted_local, deleted_remote, renamed, metadata} = result
	return {pushed, pulled, deleted_local, deleted_remote, renamed, metadata}
}

/** Checks that a result says "nothing was done, nothing is wrong". */
export function assertNothing(result: SyncResult): void {
	const {ok, conflicts, problems} = result
	assert.deepEqual({ok, conflicts, problems, ...countsOf(result)}, {ok: true, conflicts: [], problems: [], ...noCounts})
}

export const parseResult = (stdout: string): SyncResult => v.parse(ResultSchema, JSON.parse(stdout))
export const parseError = (stdout: string) => v.parse(ErrorSchema, JSON.parse(stdout)).error
