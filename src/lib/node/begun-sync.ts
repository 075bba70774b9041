// A sync in this process, under way: begun in the order of what takes longest, before the rest of the program is loaded. The scanning
// thread is started by whoever begins it; then come the dial, the folder and its scan.
import {assertNotExpired} from '../certs/index.js'
import {type Config, requirePeer} from '../config/index.js'
import type {Crew} from '../replica/crew.js'
import type {Replica, ScanReport} from '../replica/replica.js'
import {type Credentials, loadCredentials} from './credentials.js'
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
		stop: AbortController,
		replica: Promise<Replica>,
	) {
		this.startedAt = startedAt
		this.credentials = credentials
		this.dial = dial
		this.replica = replica
		this.#stop = stop
		// The scan needs no peer: it runs while the connection is made.
		this.#scanning = replica.then((opened) => opened.scan(stop.signal, (entries) => this.#onProgress(entries)))
		this.#scanning.catch(() => {})
	}

	/** Throws what is wrong with the certificates; nothing was opened then. The crew is the sync's from now on. */
	static async begin(config: Config, firstSync: boolean, crew: Crew): Promise<BegunSync> {
		const startedAt = performance.now()
		let credentials: Credentials
		try {
			credentials = loadCredentials(config)
			assertNotExpired('own', credentials.identity, Date.now())
		} catch (error) {
			await crew.close()
			throw error
		}
		const stop = new AbortController()
		const dial = new EarlyDial(requirePeer(config), credentials, stop.signal)
		const {openReplica} = await import('./setup.js')
		return new BegunSync(startedAt, credentials, dial, stop, openReplica(config, firstSync, crew))
	}

	/** Ends what is under way when the signal is aborted. */
	heed(signal: AbortSignal): void {
		const stop = (): void => this.#stop.abort(signal.reason)
		if (signal.aborted) stop()
		else signal.addEventListener('abort', stop, {once: true})
	}

	/** The look at the folder; `onProgress`: entries looked at so far. */
	scan(onProgress: (entries: number) => void): Promise<ScanReport> {
		this.#onProgress = onProgress
		return this.#scanning
	}

	/** Ends the scan, whatever has become of it. Never rejects. */
	async stopScan(): Promise<void> {
		this.#stop.abort()
		await this.#scanning.catch(() => {})
	}

	/** Nobody wants it: the peer hears a goodbye, the folder is closed. Never rejects. */
	async drop(): Promise<void> {
		await Promise.all([this.dial.drop(), this.stopScan()])
		await this.replica.then((replica) => replica.close()).catch(() => {})
	}
}
