// A running node as those see it who ask it for something. Types only.
import type {Replica} from '../replica/replica.js'
import type {NodeAction, NodeState} from './status/node-state.js'
import type {SyncEvent, SyncOptions} from './use/events.js'
import type {SyncResult} from './use/sync-result.js'

export interface AskableNode {
	readonly replica: Replica
	state(): NodeState
	/** What was asked for is begun when it returns. */
	act(action: NodeAction): void
	/** What `sync`, `push` and `pull` do, in the node's process. Rejects with FileSyncError. */
	sync(options: SyncOptions, onEvent: (event: SyncEvent) => void): Promise<SyncResult>
}
