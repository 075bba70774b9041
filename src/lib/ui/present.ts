// Results of `sync`, `push` and `pull` as text. Pure functions of the result; escape all names.
import type {SyncAction, SyncResult} from '../node/use/sync-result.js'
import {bytes, count, duration} from './format.js'
import {safeText} from './safe.js'

/** Paths of one kind that are listed; the rest is counted. */
const listed = 20

const verbs: Readonly<Record<SyncAction['action'], string>> = {
	push: 'push         ',
	pull: 'pull         ',
	delete_local: 'delete here  ',
	delete_remote: 'delete there ',
	rename_local: 'rename here  ',
	rename_remote: 'rename there ',
	metadata_local: 'retouch here ',
	metadata_remote: 'retouch there',
	conflict: 'conflict     ',
}

/** One action, planned or done, as a line. `here`: on this side, `there`: on the peer. */
export function actionLine({action, path, from, winner, copy}: SyncAction): string {
	const head = `${verbs[action]}${safeText(path)}`
	if (from !== undefined) return `${verbs[action]}${safeText(from)} -> ${safeText(path)}`
	if (copy !== undefined)
		return `${head}: ${winner === 'local' ? 'this side' : 'the peer'} keeps the name, the other is kept as ${safeText(copy)}`
	return head
}

function* some(lines: readonly string[], what: string): Generator<string> {
	yield* lines.slice(0, listed)
	if (lines.length > listed) yield `  and ${count(lines.length - listed, what)} more (all of them: --json)`
}

/** `3 pushed, 1 pulled`; empty: nothing changed. */
export function countsText(
	result: Pick<SyncResult, 'pushed' | 'pulled' | 'deleted_local' | 'deleted_remote' | 'renamed' | 'metadata'>,
): string {
	const {pushed, pulled, deleted_local, deleted_remote, renamed, metadata} = result
	const parts: [number, string][] = [
		[pushed, 'pushed'],
		[pulled, 'pulled'],
		[renamed, 'renamed'],
		[deleted_local, 'deleted here'],
		[deleted_remote, 'deleted on the peer'],
		[metadata, 'with new permissions or time'],
	]
	return parts
		.filter(([number]) => number > 0)
		.map(([number, what]) => `${number.toLocaleString('en')} ${what}`)
		.join(', ')
}

/** The text of the result. `held`: number of changes that a push or pull left for a sync. */
export function syncText(result: SyncResult, held = 0): string {
	const {peer, conflicts, problems, dry_run: dryRun} = result
	const name = `${safeText(peer.name)} (${safeText(peer.host)}:${peer.port})`
	const lines: string[] = []
	if (result.actions !== undefined) for (const action of result.actions) lines.push(actionLine(action))
	const counts = countsText(result)
	const wire = `${bytes(result.bytes_sent)} sent, ${bytes(result.bytes_received)} received, ${duration(result.duration_ms)}`
	const stop = problems.find(({code}) => code === 'TOO_MANY_DELETIONS')
	const waits =
		held === 0 ? '' : `; ${count(held, 'change')} that only a sync may make ${held === 1 ? 'waits' : 'wait'}`
	if (stop !== undefined) lines.push(`Dry run with ${name}: ${counts}`, `A real run would stop: ${stop.message}`)
	else if (counts === '' && conflicts.length === 0) {
		const isClean = problems.length === 0 && held === 0
		const nothing = `Nothing ${dryRun ? 'to do' : 'changed'} with ${name}${waits}`
		lines.push(`${isClean ? `In sync with ${name}, nothing to do` : nothing} (${wire})`)
	} else if (dryRun) lines.push(`Dry run with ${name}: ${counts || 'conflicts only'}; nothing was changed${waits}`)
	else lines.push(`Synced with ${name}: ${counts || 'conflicts only'} (${wire})${waits}`)
	if (conflicts.length > 0 && result.actions === undefined)
		lines.push(
			...some(
				conflicts.map((conflict) => actionLine({action: 'conflict', ...conflict})),
				'conflict',
			),
		)
	return lines.join('\n')
}

/** The conflicts of a sync, for `--quiet`, which prints no other result. */
export const conflictsText = ({conflicts}: Pick<SyncResult, 'conflicts'>): string =>
	[
		...some(
			conflicts.map((conflict) => actionLine({action: 'conflict', ...conflict})),
			'conflict',
		),
	].join('\n')

/** The paths that failed, for stderr. */
export function problemsText({problems}: Pick<SyncResult, 'problems'>): string {
	const handled = problems.filter(({code}) => code !== 'TOO_MANY_DELETIONS')
	if (handled.length === 0) return ''
	const lines = handled.map(
		({path, side, code, message}) =>
			`  ${side === 'remote' ? 'peer: ' : ''}${safeText(path)}: ${safeText(message)} [${safeText(code)}]`,
	)
	return [`${count(handled.length, 'path')} could not be handled:`, ...some(lines, 'problem')].join('\n')
}
