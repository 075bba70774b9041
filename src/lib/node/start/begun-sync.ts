// A sync in this process, under way: begun in the order of what takes longest, before the rest of the program is loaded. The scanning
// thread is started by whoever begins it; then come the dial, the folder and its scan.
import {assertNotExpired} from '../../certs/index.js'
import {type Config, requirePeer} from '../../config/index.js'
import type {Replica, ScanReport} from '../../replica/replica.js'
import type {WorkerPool} from '../../replica/worker-pool.js'
import {type Credentials, loadCredentials} from '../credentials.js'
import type {FirstSync} from '../open-replica.js'
import {EarlyDial} from './early-dial.js'

export class BegunSync {
	readonly credentials: Credentials
	readonly dial: EarlyDial
	/** Rejects with what `Replica.open` throws. */
	readonly replica: Promise<Replica>
	/** On the clock of `performance.now()`. */
	readonly startedAt: number
	readonly #stop: AbortController
	readonly #scanning: Promise<ScanReport>
	#onProgress: (entries: number) => void = () => {}

	private constructor(
		startedAt: number,
		credentials: Credentials,
		dial: EarlyDial,
		replica: Promise<Replica>,
		signal: AbortSignal,
	) {
		this.startedAt = startedAt
		this.credentials = credentials
		this.dial = dial
		this.replica = replica
		this.#stop = new AbortController()
		const either = AbortSignal.any([signal, this.#stop.signal])
		// The scan needs no peer: it runs while the connection is made.
		this.#scanning = replica.then((opened) => opened.scan(either, (entries) => this.#onProgress(entries)))
		this.#scanning.catch(() => {})
	}

	/**
	 * Throws what is wrong with the certificates; nothing was opened then. The pool is the sync's from now on. `signal` ends dial and
	 * scan.
	 */
	static async begin(config: Config, firstSync: FirstSync, pool: WorkerPool, signal: AbortSignal): Promise<BegunSync> {
		const startedAt = performance.now()
		let credentials: Credentials
		try {
			credentials = loadCredentials(config)
			assertNotExpired(credentials.identity, Date.now())
		} catch (error) {
			await pool.close()
			throw error
		}
		const dial = new EarlyDial(requirePeer(config), credentials, signal)
		const {openReplica} = await import('../open-replica.js')
		return new BegunSync(startedAt, credentials, dial, openReplica(config, firstSync, pool), signal)
	}

	/** The look at the folder; `onProgress`: entries looked at so far. */
	scan(onProgress: (entries: number) => void): Promise<ScanReport> {
		this.#onProgress = onProgress
		return this.#scanning
	}

	/** Nothing more is made of the scan; its thread ends with the replica. */
	stopScan(): void {
		this.#stop.abort()
	}

	/** Nobody wants it: the peer hears a goodbye, the folder is closed. Never rejects. */
	async drop(): Promise<void> {
		this.stopScan()
		await Promise.all([this.dial.drop(), this.replica.then((replica) => replica.close()).catch(() => {})])
	}
}
