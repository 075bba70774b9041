// The receiver killed while 3,000 files arrive, changed by their maker before the next sync. 20 times: `npm run sweep -- arrivals`.
import {concurrently} from '../e2e/support/concurrent.js'
import {arrivalRows, killWhileArriving} from './support/arrivals.js'

describe('the receiver killed while 3,000 files arrive: what their maker did last is what both hold', () => {
	concurrently(
		arrivalRows(2).map((row) => ({
			name: `${row.receiver}, into a ${row.folder} folder, at ${row.least} files`,
			run: async () => void (await killWhileArriving(row)),
			skip: process.platform === 'win32' ? 'a kill there is another' : undefined,
		})),
	)
})
