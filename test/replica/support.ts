// A replica in a temporary folder of its own. Not a test.
import {randomBytes} from 'node:crypto'
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {Replica, type ReplicaOptions, type ScanReport} from '../../src/lib/replica/replica.js'
import {makeTemp, removeTemp} from '../engine/support/temp.js'

export interface Home {
	/** The folder that is synced. */
	readonly root: string
	readonly indexDir: string
	readonly open: (options?: Partial<ReplicaOptions>) => Promise<Replica>
}

/** Gives `body` a home with an empty folder, and removes it afterwards. */
export async function withHome(body: (home: Home) => Promise<void>): Promise<void> {
	const temp = makeTemp()
	const root = join(temp, 'tree')
	const indexDir = join(temp, 'state')
	mkdirSync(root)
	const open = (options: Partial<ReplicaOptions> = {}): Promise<Replica> =>
		Replica.open({
			root,
			indexDir,
			ignore: [],
			trashDays: 30,
			nowMs: Date.now,
			random: randomBytes,
			firstSync: false,
			...options,
		})
	try {
		await body({root, indexDir, open})
	} finally {
		removeTemp(temp)
	}
}

export const scanOf = (replica: Replica): Promise<ScanReport> => replica.scan(new AbortController().signal)
