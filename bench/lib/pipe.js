// What the machine's TLS gives at most: a bare pipe between two Node processes on loopback, no disk, no hash.
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {makeNode} from '../../scripts/lib/demo-pair.js'
import {forkProgram} from './programs.js'

/** @param {string} name */
const script = (name) => fileURLToPath(new URL(name, import.meta.url))

/** From the first byte sent to the last one received, in ms. @param {string} home @param {number} bytes */
export async function timePipe(home, bytes) {
	const {certs} = await makeNode(home, 'pipe')
	const files = {cert: join(certs, 'pipe.cert'), key: join(certs, 'pipe.key')}
	const end = await forkProgram(script('pipe-end.js'), [JSON.stringify(files)])
	try {
		const start = await forkProgram(script('pipe-start.js'), [JSON.stringify({port: end.first['port'], bytes})])
		await start.stop()
		return start.first['ms'] ?? 0
	} finally {
		await end.stop()
	}
}
