// What the two sides of a running node, the one that listens and the one that dials, share.
import type {LimitFunction} from 'p-limit'
import type {Config} from '../config/index.js'
import type {DeviceId} from '../core/versions.js'
import type {Replica} from '../replica/replica.js'
import type {Credentials} from './credentials.js'
import type {LiveFolder} from './folder/live-folder.js'
import type {StatusRecorder} from './status/status-recorder.js'

export interface NodeParts {
	readonly config: Config
	readonly credentials: Credentials
	readonly replica: Replica
	readonly live: LiveFolder
	readonly recorder: StatusRecorder
	/** One round at a time on this folder, whoever leads it. */
	readonly rounds: LimitFunction
	/**
	 * In turn with the rounds: makes a new device of the replica unless it is another one than `device` by then, says so, and ends all
	 * connections that were greeted before.
	 */
	readonly startOver: (device: DeviceId) => Promise<void>
	/** Empties the trash of what is too old, in the background; what cannot go is said once. */
	readonly expireTrash: () => void
	/** Aborted when the node is to end. */
	readonly signal: AbortSignal
}
