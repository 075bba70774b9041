// What `status --json` printed, checked and typed.
import * as v from 'valibot'
import {countFields, ProblemSchema} from './result.js'

const CertificateSchema = v.looseObject({subject: v.string(), fingerprint: v.string(), not_after: v.string()})

const StatusSchema = v.strictObject({
	ok: v.boolean(),
	config: v.strictObject({
		file: v.string(),
		local_dir: v.string(),
		state_dir: v.string(),
		peer: v.nullable(v.string()),
		listen: v.string(),
	}),
	certificates: v.strictObject({own: CertificateSchema, peers: v.array(CertificateSchema)}),
	running: v.nullable(v.string()),
	node: v.nullable(v.looseObject({pid: v.number(), link: v.looseObject({state: v.string()})})),
	index: v.nullable(
		v.strictObject({device: v.string(), files: v.number(), folders: v.number(), links: v.number(), bytes: v.number()}),
	),
	last_sync: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
	peer: v.nullable(
		v.strictObject({
			reachable: v.boolean(),
			name: v.nullable(v.string()),
			round_trip_ms: v.nullable(v.number()),
			clock_offset_ms: v.nullable(v.number()),
		}),
	),
	pending: v.nullable(
		v.strictObject({...countFields, conflicts: v.array(v.unknown()), problems: v.array(ProblemSchema)}),
	),
	error: v.nullable(v.strictObject({code: v.string(), message: v.string(), try: v.array(v.string())})),
})

export type Status = v.InferOutput<typeof StatusSchema>

export const parseStatus = (stdout: string): Status => v.parse(StatusSchema, JSON.parse(stdout))
