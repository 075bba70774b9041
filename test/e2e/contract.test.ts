// What scripts and readers rely on, kept as snapshots: the help of every command and the shape of every JSON answer.
// A wanted change: FILESYNC_UPDATE_SNAPSHOTS=1 npm test test/e2e/contract.test.ts, then look at the diff.
import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {concurrently} from './support/concurrent.js'
import {day} from './support/dir.js'
import {withPair} from './support/pair.js'
import {packageRoot, run, told} from './support/program.js'
import {shapeOf} from './support/shape.js'
import {assertSnapshot} from './support/snapshot.js'
import {tempFolder} from './support/temp.js'

/** All commands as they are typed; the manifest is built from them. */
function commands(): string[] {
	const manifest: unknown = JSON.parse(readFileSync(join(packageRoot, 'oclif.manifest.json'), 'utf8'))
	assert.ok(typeof manifest === 'object' && manifest !== null && 'commands' in manifest)
	const {commands: byId} = manifest
	assert.ok(typeof byId === 'object' && byId !== null)
	return Object.keys(byId)
		.map((id) => id.replaceAll(':', ' '))
		.sort()
}

const withoutVersion = (help: string): string => help.replace(/filesync[\w-]*\/\d\S* \S+ node-v\S+/, 'filesync/VERSION')

describe('e2e: help, as snapshots', () => {
	concurrently(
		['', 'certs', 'service', ...commands()].map((command) => ({
			name: `filesync ${command} --help`.replaceAll('  ', ' '),
			run: async () => {
				const outcome = await run([...command.split(' ').filter(Boolean), '--help'])
				assert.deepEqual([outcome.code, outcome.stderr], [0, ''], told(outcome))
				assertSnapshot(`help/${command.replaceAll(' ', '-') || 'filesync'}.txt`, withoutVersion(outcome.stdout))
			},
		})),
	)
})

describe('e2e: JSON, as snapshots', () => {
	concurrently([
		{
			name: 'keys and types of every answer',
			run: () =>
				withPair({name: 'shapes'}, async (pair) => {
					const {alpha, beta} = pair
					const shapes: Record<string, unknown> = {}
					const shape = async (name: string, ...args: readonly string[]): Promise<void> => {
						const {stdout} = await alpha.run(...args, '--json')
						shapes[name] = shapeOf(JSON.parse(stdout))
					}
					alpha.dir.write('f', 'alpha', day(1)).write('renamed', 'to be renamed', day(0))
					await shape('status, never synced', 'status')
					await alpha.result(['sync'])
					alpha.dir.write('f', 'alpha, edited', day(2)).mv('renamed', 'new name')
					beta.dir.write('f', 'beta', day(3)).write('only beta', 'x', day(0))
					await shape('push, with a problem', 'push')
					await shape('status, with a conflict', 'status')
					await shape('sync --dry-run', 'sync', '--dry-run')
					await shape('sync', 'sync')
					await shape('sync --verbose, nothing to do', 'sync', '--verbose')
					await shape('status --offline', 'status', '--offline')
					await shape('certs show', 'certs', 'show')
					alpha.configure({local_dir: alpha.dir.at('gone')})
					await shape('an error', 'sync')
					await shape('status, with an error', 'status')
					const folder = tempFolder('shapes')
					const elsewhere = {cwd: folder, env: {HOME: folder}}
					const gen = await run(['certs', 'gen', '--name', 'x', '--json'], elsewhere)
					shapes['certs gen'] = shapeOf(JSON.parse(gen.stdout))
					const init = await run(['init', '--dir', 'x', '--peer', 'y', '--json'], elsewhere)
					shapes['init'] = shapeOf(JSON.parse(init.stdout))
					assertSnapshot('json-shapes.json', `${JSON.stringify(shapes, null, '\t')}\n`)
				}),
		},
	])
})
