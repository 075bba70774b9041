// Runs trials at chosen calls, several at once, and tells what went wrong as commands that repeat each alone.
import pLimit from 'p-limit'
import {type Kind, kinds} from './oracle.js'
import {errnos} from './shim.js'
import {type Point, type Role, trial, type Verdict} from './trial.js'

/** Calls of each side in one sync of the fixture. */
export async function countCalls(): Promise<Readonly<Record<Role, number>>> {
	const [leader, follower] = await Promise.all(
		(['leader', 'follower'] as const).map((role) => trial({role, at: 0, action: 'kill'})),
	)
	for (const verdict of [leader, follower])
		if (verdict === undefined || verdict.wrong.length > 0)
			throw new Error(`without any fault: ${JSON.stringify(verdict?.wrong, null, '\t')}`)
	return {leader: leader?.calls ?? 0, follower: follower?.calls ?? 0}
}

/** `many` whole numbers from 1 to `most`, evenly spread, the same in every run. */
export const spread = (many: number, most: number): readonly number[] =>
	Array.from({length: Math.min(many, most)}, (_, i) => 1 + Math.floor(((i + 0.5) * most) / Math.min(many, most)))

/** Kills at these calls of one side. */
export const kills = (role: Role, calls: readonly number[]): Point[] => calls.map((at) => ({role, at, action: 'kill'}))

/** Errors at these calls of one side, each kind in turn. */
export const errors = (role: Role, calls: readonly number[]): Point[] =>
	calls.map((at, i) => ({role, at, action: errnos[i % errnos.length] ?? 'EIO'}))

/** Runs them, `jobs` at once. `tell` gets each verdict as it comes. */
export async function sweep(
	points: readonly Point[],
	jobs: number,
	tell: (verdict: Verdict) => void = () => {},
): Promise<readonly Verdict[]> {
	const limit = pLimit(jobs)
	return Promise.all(
		points.map((point) =>
			limit(async () => {
				const verdict = await trial(point)
				tell(verdict)
				return verdict
			}),
		),
	)
}

/** The command that runs one point alone. */
export const commandOf = ({role, at, action}: Point): string =>
	`npm run sweep -- ${action} --side ${role} --points ${at}`

/** What went wrong at one point, as lines. */
export const faultOf = ({point, call, wrong}: Verdict): string =>
	[`${commandOf(point)}    # ${call ?? 'not reached'}`, ...wrong.map(({kind, what}) => `    ${kind}: ${what}`)].join(
		'\n',
	)

/** Points at which each kind went wrong. */
export const countKinds = (verdicts: readonly Verdict[]): readonly (readonly [Kind, number])[] =>
	kinds.map((kind) => [kind, verdicts.filter(({wrong}) => wrong.some((one) => one.kind === kind)).length])
