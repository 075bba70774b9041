// The small messages: one schema, one type and one decoder each. Bulk rows are in entries.ts, contents in content.ts.
import * as v from 'valibot'
import {parseDeviceId} from '../core/entries/versions.js'
import {wireLimits} from './codes.js'
import {isHash} from './entries.js'
import {counter, decodeJson, isCounter, isText, text} from './json.js'

const device = v.pipe(
	v.string(),
	v.transform((value) => parseDeviceId(value)),
	v.custom<NonNullable<ReturnType<typeof parseDeviceId>>>((value) => value !== undefined, 'not a device id'),
)
const token = v.pipe(v.string(), v.maxLength(64))
const ruleHash = v.pipe(v.string(), v.maxLength(64))
const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100))
const maxPath = 4096
const path = v.pipe(v.string(), v.maxLength(maxPath))
const id = counter
const seconds = v.pipe(v.number(), v.finite())

/** Rows that are checked by hand: a schema takes some ten times as long for each of thousands. `isRow` looks at what it knows. */
const rows = <Row>(isRow: (row: readonly unknown[]) => boolean) =>
	v.custom<readonly Row[]>(
		(value) =>
			Array.isArray(value) && value.length <= wireLimits.rows && value.every((row) => Array.isArray(row) && isRow(row)),
		'not rows of its kind, or too many',
	)

const generation = v.pipe(counter, v.maxValue(wireLimits.generation))
const point = v.object({generation, token})
const points = {
	last: point,
	before: v.nullable(point),
	/** The other side has said that it stored `last`. */
	confirmed: v.optional(v.boolean(), false),
}

const versions = {
	protocol: counter,
	oldest: counter,
	software: text,
	/** The device's. */
	name: text,
}

const greeting = {
	...versions,
	device,
	/** Milliseconds since 1970 by the sender's clock. */
	clockMs: v.pipe(v.number(), v.finite()),
	rules: ruleHash,
	maxDeletePercent: percent,
	maxConcurrency: v.pipe(counter, v.maxValue(1000)),
	features: v.pipe(v.array(text), v.maxLength(50)),
}

/** The part of a greeting that every version of the protocol has. */
export const Versions = v.object(versions)
export type Versions = v.InferOutput<typeof Versions>

/** Leader to follower, first. */
export const Hello = v.object({
	...greeting,
	/** What it agreed on with every peer database it knows: newest first, two generations each. */
	agreements: v.pipe(v.array(v.object({peer: device, ...points})), v.maxLength(100)),
	/** Name of a file that lies in the leader's own folder now: the follower must not see it in its own. */
	probe: v.pipe(v.string(), v.regex(/^[a-z0-9]{16,64}$/)),
})
export type Hello = v.InferOutput<typeof Hello>

/** Follower to leader, the answer. */
export const Welcome = v.object({
	...greeting,
	agreement: v.nullable(v.object(points)),
	sameFolder: v.boolean(),
})
export type Welcome = v.InferOutput<typeof Welcome>

export const ErrorMessage = v.object({
	code: v.pipe(v.string(), v.maxLength(64)),
	message: v.pipe(v.string(), v.maxLength(4 * wireLimits.text)),
	advice: v.pipe(v.array(text), v.maxLength(10)),
})
export type ErrorMessage = v.InferOutput<typeof ErrorMessage>

/**
 * A round begins: scan, then send the records that are not yet agreed. `rules`: the leader's, where they may be others than it
 * greeted with. `asked`: somebody waits for it, so files that are still being written are taken as they are. A second `begin`
 * before the first `steps`: the leader's rules differ from those it announced, so the records are sent again.
 */
export const Begin = v.object({round: counter, rules: v.optional(ruleHash), asked: v.optional(v.boolean(), false)})
export type Begin = v.InferOutput<typeof Begin>

const problem = v.object({
	path: v.pipe(v.string(), v.maxLength(8192)),
	code: v.pipe(v.string(), v.maxLength(64)),
	message: v.pipe(v.string(), v.maxLength(4 * wireLimits.text)),
})

/** After the last `records` of a round. */
export const Scanned = v.object({
	seq: counter,
	files: counter,
	bytes: counter,
	problems: v.pipe(v.array(problem), v.maxLength(1000)),
	/** Problems beyond those listed. */
	moreProblems: counter,
	/** Of the follower, as its scan found them; where it does not say them: those it greeted with. */
	rules: v.optional(ruleHash),
})
export type Scanned = v.InferOutput<typeof Scanned>

/** Asks for the current records of these paths, hashes known. */
export const Look = v.object({paths: v.pipe(v.array(path), v.maxLength(wireLimits.rows))})
export type Look = v.InferOutput<typeof Look>

/** After the last `steps` of a round. */
export const Prepare = v.object({allowDeletes: v.boolean(), dryRun: v.boolean()})
export type Prepare = v.InferOutput<typeof Prepare>

const hows = ['nothing', 'meta', 'local', 'refused'] as const
type How = (typeof hows)[number]
type PreparedRow = readonly [id: number, how: How, from: string, code: string]
const isPreparedRow = ([id, how, from, code]: readonly unknown[]): boolean =>
	isCounter(id) && hows.some((known) => known === how) && isText(from, maxPath) && isText(code, wireLimits.text)

/** How the follower will carry out the steps: those not named need the whole content or work. The last frame has `last`. */
export const Prepared = v.object({
	last: v.boolean(),
	/** In the last frame: files and links that would go for good, and files and links held. */
	deletions: counter,
	held: counter,
	steps: rows<PreparedRow>(isPreparedRow),
})
export type Prepared = v.InferOutput<typeof Prepared>

type FetchRow = readonly [id: number, path: string, alternative: string]
const isFetchRow = ([id, path, alternative]: readonly unknown[]): boolean =>
	isCounter(id) && id <= wireLimits.stepId && isText(path, maxPath) && isText(alternative, maxPath)

/** Contents the leader wants: step id, path at the follower, and the path it has when the first made room meanwhile. */
export const Fetch = v.object({items: rows<FetchRow>(isFetchRow)})
export type Fetch = v.InferOutput<typeof Fetch>

const fault = v.object({
	code: v.pipe(v.string(), v.maxLength(64)),
	message: v.pipe(v.string(), v.maxLength(4 * wireLimits.text)),
})

export const FileOpen = v.object({id, size: counter})
export type FileOpen = v.InferOutput<typeof FileOpen>

export const FileEnd = v.object({
	id,
	hash: v.nullable(v.custom<string>(isHash, 'not a hash')),
	fault: v.nullable(fault),
})
export type FileEnd = v.InferOutput<typeof FileEnd>

type AppliedRow = readonly [id: number, fault: v.InferOutput<typeof fault> | null]
const isAppliedRow = ([id, failed]: readonly unknown[]): boolean =>
	isCounter(id) && (failed === null || v.is(fault, failed))

/** Steps that are done (fault null) or failed at the side that sends this. */
export const Applied = v.object({results: rows<AppliedRow>(isAppliedRow)})
export type Applied = v.InferOutput<typeof Applied>

export const Credit = v.object({bytes: counter})
export type Credit = v.InferOutput<typeof Credit>

/** The leader is done on its side: finish, and note the agreement. */
/** Leader to follower, in place of `settle`: this part of the plan is sent, and steps of another follow. */
export const Next = v.object({
	/** As in `settle`. */
	hold: v.array(id),
})

export const Settle = v.object({
	/** false: too much is left over, nothing is agreed. */
	agree: v.boolean(),
	generation,
	token,
	leaderSeq: counter,
	pending: v.pipe(v.array(path), v.maxLength(wireLimits.settlePaths)),
	/** Agree steps of the follower that must not be carried out: the other content of their conflict is not safe yet. */
	hold: v.array(id),
	/** Of the leader, as its scan found them; where it does not say them: those it said last. */
	rules: v.optional(ruleHash),
})
export type Settle = v.InferOutput<typeof Settle>

/** Paths left over, ahead of the `settle` or `settled` that they belong to. */
export const Pending = v.object({paths: v.pipe(v.array(path), v.maxLength(wireLimits.rows))})
export type Pending = v.InferOutput<typeof Pending>

export const Settled = v.object({
	seq: counter,
	pending: v.pipe(v.array(path), v.maxLength(wireLimits.settlePaths)),
	agreed: v.boolean(),
})
export type Settled = v.InferOutput<typeof Settled>

/** Leader to follower, after its own commit of what `settled` told; `agreed` false: it made none. */
export const Confirm = v.object({agreed: v.boolean()})
export type Confirm = v.InferOutput<typeof Confirm>

export const Finish = v.object({})
export const Subscribe = v.object({})
export const Changed = v.object({})
export const Ping = v.object({atMs: seconds})
export type Ping = v.InferOutput<typeof Ping>

/** Decodes a body against one of the schemas above. */
export const decode = decodeJson
