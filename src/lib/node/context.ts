// What the parts of a running node share.
import type {LimitFunction} from 'p-limit'
import type {Config} from '../config/index.js'
import type {DeviceId} from '../core/entries/versions.js'
import type {Replica} from '../replica/replica.js'
import type {Credentials} from './credentials.js'
import type {LiveFolder} from './folder/live-folder.js'
import type {StatusRecorder} from './status/status-recorder.js'

export interface NodeContext {
	readonly config: Config
	readonly credentials: Credentials
	readonly replica: Replica
	readonly live: LiveFolder
	readonly recorder: StatusRecorder
	/** Runs one round at a time on this folder, whichever side leads it. */
	readonly rounds: LimitFunction
	/**
	 * In turn with the rounds: gives the replica a new device id unless its id is no longer `device`, warns the user, and ends all
	 * connections that were greeted before.
	 */
	readonly startOver: (device: DeviceId) => Promise<void>
	/** Removes what is too old from the trash, in the background. Warns once about what cannot be removed. */
	readonly expireTrash: () => void
	/** Aborted when the node must end. */
	readonly signal: AbortSignal
}
