// FileSync as a contender: which of its processes run before the clock starts, and what the timed one is.
import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {introduce, makeNode, serve, sync, watch} from '../../scripts/lib/demo-pair.js'
import {forgetPeak, sampleMs} from './memory.js'

/** After a sync of many files a node looks at its whole folder once more: 1 s later, at some 20 µs a file, with reserve. */
const restMs = {least: 2500, perFile: 0.06}

/** @param {import('./contenders.js').Place} place @returns {Promise<import('./contenders.js').Session>} */
async function open({home, source, target, workload, lines}) {
	for (const root of [source, target]) rmSync(join(root, '.filesync'), {recursive: true, force: true})
	const [near, far] = workload.pull === true ? [target, source] : [source, target]
	const here = {...(await makeNode(join(home, 'here'), 'here')), root: near}
	const there = {...(await makeNode(join(home, 'there'), 'there')), root: far}
	introduce(there, here, {port: null})
	const start = async () => {
		const node = await serve(there)
		introduce(here, there, {port: await lines.to(node.port)})
		return node
	}
	let serving = await start()
	const watching = workload.sides === 'live' ? await watch(here) : undefined
	return {
		async sync() {
			forgetPeak(serving.pid)
			forgetPeak(watching?.pid)
			const {ms, peakKb, result} = await sync(here, {sampleMs})
			return {
				ms,
				peaksKb: {
					sync: peakKb,
					serve: serving.peakKb(),
					...(watching === undefined ? {} : {watch: watching.peakKb()}),
				},
				wireBytes: result.bytes_sent + result.bytes_received,
			}
		},
		rest: () => sleep(restMs.least + workload.tree.files * restMs.perFile),
		async refresh() {
			if (workload.sides !== 'fresh') return
			await serving.stop()
			serving = await start()
		},
		async close() {
			await watching?.stop()
			await serving.stop()
		},
	}
}

/** @type {import('./contenders.js').Contender} */
export const filesync = {
	name: 'filesync',
	title: 'FileSync',
	needs: [],
	packages: [],
	version: () => `node ${process.version}`,
	open,
}
