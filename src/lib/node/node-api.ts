// The interface of a running node for its control socket. Types only.
import type {Replica} from '../replica/replica.js'
import type {NodeAction, NodeState} from './status/node-state.js'
import type {SyncEvent, SyncOptions} from './use/events.js'
import type {SyncResult} from './use/sync-result.js'

export interface AskableNode {
	readonly replica: Replica
	state(): NodeState
	/** The action has begun when this returns. */
	act(action: NodeAction): void
	/** Runs `sync`, `push` or `pull` in the node's process. Rejects with FileSyncError. */
	sync(options: SyncOptions, onEvent: (event: SyncEvent) => void): Promise<SyncResult>
}
