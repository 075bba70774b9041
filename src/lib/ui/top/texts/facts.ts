// Facts about a node in words, the same for the screen and the plain frame. Pure; escapes all names.
import type {LastSync, LinkState, NodeState, Phase, RoundState} from '../../../node/status/node-state.js'
import {bytes, count, duration, relativeTime} from '../../format.js'
import {countsText} from '../../present.js'
import {safeText} from '../../safe.js'
import {leftMs, shareOf} from '../draw/bar.js'
import {age, remaining, sinceMs} from './times.js'

type Of<S extends LinkState['state']> = Extract<LinkState, {state: S}>

/** Clock offset from which on it is mentioned, and from which on it is a warning (ms). */
const wordMs = 2000
const warningMs = 60_000

const phases: readonly Phase[] = ['connect', 'scan', 'compare', 'transfer', 'commit']

/** States in which no sync succeeds; they have a reason. */
export type Stopped = Of<'offline' | 'failing'>
export const isStopped = (link: LinkState): link is Stopped => link.state === 'offline' || link.state === 'failing'

/** Empty if nothing is wrong. */
export const stoppedWord = ({state}: LinkState): string =>
	state === 'offline' ? 'offline' : state === 'failing' ? 'not syncing' : ''

/** `offline for 2 min: REASON`, `waiting for the peer for 2 min`, `connecting to HOST:PORT for 2 s`. */
export function awayText({link, dials}: NodeState & {link: LinkState}, nowMs: number): string {
	const since = age(sinceMs(link.since, nowMs))
	if (isStopped(link)) return `${stoppedWord(link)} for ${since}: ${safeText(link.reason)}`
	if (link.state === 'connecting') return `connecting${dials === null ? '' : ` to ${safeText(dials)}`} for ${since}`
	return `waiting for the peer for ${since}`
}

/** `next try in 3 s`. */
export function retryText({state, retry_at: at}: Stopped, nowMs: number): string {
	if (at === null) return state === 'failing' ? 'the peer tries again' : 'next try when something changes'
	const ms = Date.parse(at) - nowMs
	return ms > 0 ? `next try in ${remaining(ms)}` : 'trying again now'
}

export const leaderText = ({leader}: Of<'connected'>): string =>
	leader === 'here' ? 'this side leads' : 'the peer leads'

/** The clock offset; null: too small to mention, or unknown. `why`: the reason for a warning, else empty. */
export function clockText({clock_offset_ms: offset}: Of<'connected'>): {text: string; why: string} | null {
	if (offset === null || Math.abs(offset) <= wordMs) return null
	const text = `the peer's clock is ${duration(Math.abs(offset))} ${offset > 0 ? 'ahead' : 'behind'}`
	return Math.abs(offset) > warningMs
		? {text: `warning: ${text}`, why: 'the wrong side may win a conflict'}
		: {text, why: ''}
}

/** The first eight bytes of a fingerprint: enough to recognise it, not enough to trust it. */
export const shortFingerprint = (fingerprint: string): string =>
	fingerprint.length > 24 ? `${safeText(fingerprint.slice(0, 23))}…` : safeText(fingerprint)

/** The state of this folder against the peer's while no round runs. */
export function standing({paused, held, pending, link, last_sync: last, problems}: NodeState): {
	text: string
	tone: 'good' | 'quiet' | 'warn'
} {
	const waiting = pending.changes > 0 ? count(pending.changes, 'change') : ''
	const wait = pending.changes === 1 ? 'waits' : 'wait'
	const rest = waiting === '' ? '' : `, ${waiting} ${wait}`
	if (paused) return {text: `paused${rest}`, tone: 'warn'}
	if (held !== null) return {text: `held: ${safeText(held)}${rest}`, tone: 'warn'}
	if (waiting !== '')
		return {
			text: link.state === 'connected' ? `${waiting} to go out` : `${waiting} ${wait} for the peer`,
			tone: 'quiet',
		}
	if (last === null) return {text: 'not synced yet', tone: 'quiet'}
	if (!last.ok) {
		const {length} = problems
		return {
			text: length === 0 ? 'the last sync is not complete' : `${count(length, 'problem')} in the last sync`,
			tone: 'warn',
		}
	}
	if (pending.checking) return {text: 'scan of the whole folder due', tone: 'quiet'}
	return link.state === 'connected' ? {text: 'in sync', tone: 'good'} : {text: 'nothing waits here', tone: 'quiet'}
}

/** `3 pushed, 1 pulled, 1 conflict`. */
export function lastSyncText(last: LastSync): string {
	const parts = [countsText(last), last.conflicts > 0 ? count(last.conflicts, 'conflict') : '']
	return parts.filter((part) => part !== '').join(', ') || (last.ok ? 'nothing to do' : 'nothing done')
}

export const agoText = (last: LastSync, nowMs: number): string => relativeTime(Date.parse(last.at) || nowMs, nowMs)

/** `step 2 of 5`. */
export const stepText = (phase: Phase): string => `step ${phases.indexOf(phase) + 1} of ${phases.length}`

export interface RoundFacts {
	/** From 0 to 1; null until the amount is known. */
	readonly share: number | null
	/** `1,234 of 2,000 files`, `120 MiB of 190 MiB`, `12 MiB/s`; only those that are known. */
	readonly counts: readonly string[]
	/** `8 s left`; empty: unknown. */
	readonly left: string
	/** `3 s`. */
	readonly running: string
}

/** Seconds over which the rate of a round is averaged: steady, but quick to follow changes. */
const paceSec = 10

/** The recent rate in bytes a second, both ways together. */
function pace({rates}: NodeState, round: RoundState, nowMs: number): number {
	const runningMs = sinceMs(round.since, nowMs)
	const seconds = Math.min(paceSec, Math.max(1, Math.floor(runningMs / 1000)))
	const sum = (values: readonly number[]): number => values.slice(-seconds).reduce((all, value) => all + value, 0)
	const late = (sum(rates.up) + sum(rates.down)) / seconds
	return late > 0 ? late : runningMs > 0 ? (round.bytes_done * 1000) / runningMs : 0
}

export function roundFacts(state: NodeState, round: RoundState, nowMs: number): RoundFacts {
	const running = age(sinceMs(round.since, nowMs))
	const {files_done: files, files_total: allFiles, bytes_done: done, bytes_total: all} = round
	if (allFiles === 0 && all === 0) return {share: null, counts: [], left: '', running}
	const speed = pace(state, round, nowMs)
	const ms = round.phase === 'transfer' ? leftMs(done, all, speed) : null
	return {
		share: all > 0 ? shareOf(done, all) : shareOf(files, allFiles),
		counts: [
			`${files.toLocaleString('en')} of ${count(allFiles, 'file')}`,
			`${bytes(done)} of ${bytes(all)}`,
			...(speed > 0 && round.phase === 'transfer' ? [`${bytes(speed)}/s`] : []),
		],
		left: ms === null ? '' : `${remaining(ms)} left`,
		running,
	}
}

export const watchingText = ({watching}: NodeState): string =>
	({starting: 'starting to watch', live: 'watched live', polling: 'watched by polling'})[watching]
