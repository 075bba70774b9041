// Which problems of a sync are news: those that are new, and those that are over. A problem that stays is reported once, however many
// syncs have it. No I/O; remembers the last sync with each peer.
import type {Problem} from '../../core/entries/entry.js'
import type {SyncResult} from '../use/sync-result.js'

export interface ProblemNews {
	readonly begun: readonly Problem[]
	readonly over: readonly Problem[]
}

/** Peers remembered at most. */
const mostPeers = 100

const keyOf = ({side, path, code}: Problem): string => `${side}\0${code}\0${path}`

/** The problems of the last sync with each peer, for at most `mostPeers` peers. */
export class StandingProblems {
	/** By the fingerprint of the peer's certificate. */
	readonly #last = new Map<string, ReadonlyMap<string, Problem>>()

	note({peer, problems}: Pick<SyncResult, 'peer' | 'problems'>): ProblemNews {
		const before = this.#last.get(peer.fingerprint) ?? new Map<string, Problem>()
		const now = new Map(problems.map((problem) => [keyOf(problem), problem]))
		const [oldest] = this.#last.keys()
		if (oldest !== undefined && this.#last.size >= mostPeers && !this.#last.has(peer.fingerprint))
			this.#last.delete(oldest)
		this.#last.set(peer.fingerprint, now)
		return {
			begun: [...now].filter(([key]) => !before.has(key)).map(([, problem]) => problem),
			over: [...before].filter(([key]) => !now.has(key)).map(([, problem]) => problem),
		}
	}
}
