// From the config to this side's part of the greeting, and to its folder and index.
import {randomBytes} from 'node:crypto'
import {hostname} from 'node:os'
import type {Config} from '../config/index.js'
import {Replica} from '../replica/replica.js'
import type {WorkerPool} from '../replica/worker-pool.js'
import type {Self} from '../session/greeting.js'
import {indexDirOf} from './index-dir.js'
import {software} from './status/software.js'
import type {SyncOptions} from './use/events.js'

export const random = (bytes: number): Uint8Array => randomBytes(bytes)
export const nowMs = (): number => Date.now()

/** This device's name as shown to others: FILESYNC_NAME, else the host name without domain. */
export function deviceName(): string {
	return (process.env['FILESYNC_NAME'] ?? hostname()).split('.')[0] || 'device'
}

export const selfOf = (config: Config): Self => ({
	software,
	name: deviceName(),
	maxDeletePercent: config.maxDeletePercent,
	maxConcurrency: config.maxConcurrency,
	nowMs,
	random,
})

/** Opens folder and index. The replica owns the pool from then on and ends it if this fails. Throws what Replica.open throws. */
export const openReplica = (
	config: Config,
	{firstSync = false, dryRun = false}: Partial<FirstSync>,
	pool: WorkerPool,
): Promise<Replica> =>
	Replica.open({
		root: config.localDir,
		indexDir: indexDirOf(config),
		ignore: config.ignore,
		trashDays: config.trashDays,
		nowMs,
		random,
		firstSync,
		preview: firstSync && dryRun,
		pool,
	})

/** Whether agreements with peers are forgotten: a first sync does so, its dry run does not. */
export type FirstSync = Pick<SyncOptions, 'firstSync' | 'dryRun'>
