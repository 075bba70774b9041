// Which keys work now, and why others do not. Pure. Used by the key bar, the help and the reaction to a key.
import {safeText} from '../../safe.js'
import {isStopped, stoppedWord} from '../texts/facts.js'
import {remaining} from '../texts/times.js'
import type {Model} from './model.js'

/** Keys that depend on the state. */
export type ActionKey = 's' | 'p' | 'c' | '/'

const silent = ({state, lost}: Model): string | null =>
	lost !== null ? `no news: ${safeText(lost)}` : state === null ? 'the node has not answered yet' : null

function noSync({state, asking}: Model): string | null {
	if (asking.includes('sync')) return 'the sync is asked for already'
	if (state === null) return null
	if (state.round !== null) return 'a sync is under way'
	if (state.paused) return 'paused: p resumes'
	if (state.link.state === 'connecting') return 'connecting: it syncs as soon as the peer answers'
	if (state.link.state === 'waiting') return 'nobody is connected: this side waits for the peer'
	return null
}

/** Why a key does not work now, as shown when it is pressed; null: it works. */
export function whyNot(model: Model, key: ActionKey): string | null {
	const mute = silent(model)
	switch (key) {
		case 's':
			return mute ?? noSync(model)
		case 'p':
			return (
				mute ?? (model.asking.some((action) => action === 'pause' || action === 'resume') ? 'asked for already' : null)
			)
		case 'c':
			return mute ?? (model.state?.log.length === 0 ? 'the log is empty' : null)
		case '/':
			return model.state === null ? mute : null
	}
}

/** What a key does now, in a word or two. */
export function labelOf({state}: Model, key: ActionKey): string {
	switch (key) {
		case 's':
			return state != null && isStopped(state.link) ? 'try now' : 'sync'
		case 'p':
			return state?.paused === true ? 'resume' : 'pause'
		case 'c':
			return 'clear log'
		case '/':
			return 'filter'
	}
}

/** The reaction to a requested sync. */
export function askedText({state, nowMs}: Model): string {
	if (state != null && isStopped(state.link)) {
		const ms = state.link.retry_at === null ? 0 : Date.parse(state.link.retry_at) - nowMs
		const word = stoppedWord(state.link)
		return ms > 0 ? `${word}: trying now instead of in ${remaining(ms)}` : `${word}: trying now`
	}
	return state?.held == null ? 'sync asked for' : `sync asked for; held: ${safeText(state.held)}`
}
