// How a side carries out each step, by what its index holds: contents it needs, has already, has elsewhere, or refuses.
import assert from 'node:assert/strict'
import type {IndexRecord} from '../../src/lib/core/entries/entry.js'
import type {PlanStep} from '../../src/lib/core/plan/plan.js'
import {type PrepareScope, prepare, withoutUnmounted} from '../../src/lib/replica/plan/prepare.js'
import {dir, file, gone, link} from '../core/support.js'
import {agree, byPath, how, record, step} from './steps.js'

const open: PrepareScope = {
	isIgnored: () => false,
	isUnknown: () => false,
	areOneEntry: async (pairs) => pairs.map(() => false),
}
const unhashed = {...file('x'), hash: null}

interface Row {
	readonly name: string
	readonly step: PlanStep
	/** What stands here by the index. */
	readonly here?: IndexRecord
	readonly scope?: Partial<PrepareScope>
	readonly how: string
}

const rows: readonly Row[] = [
	{name: 'a new file', step: step(1, 'a', file('new')), how: 'whole'},
	{name: 'another content', step: step(1, 'a', file('new')), here: record('a', file('old')), how: 'whole'},
	{name: 'the same file', step: step(1, 'a', file('x')), here: record('a', file('x')), how: 'nothing'},
	{name: 'the same content, touched', step: step(1, 'a', file('x', 200)), here: record('a', file('x')), how: 'meta'},
	{
		name: 'the same content, another mode',
		step: step(1, 'a', file('x', 100, 10, 0o600)),
		here: record('a', file('x')),
		how: 'meta',
	},
	{
		name: 'a content that was never hashed here is not taken for the same',
		step: step(1, 'a', file('x')),
		here: record('a', unhashed),
		how: 'whole',
	},
	{
		name: 'an empty file needs no hash',
		step: step(1, 'a', file('x', 100, 0)),
		here: record('a', {...unhashed, size: 0}),
		how: 'nothing',
	},
	{name: 'a file in place of a folder', step: step(1, 'a', file('x')), here: record('a', dir()), how: 'whole'},
	{name: 'a file that was deleted here', step: step(1, 'a', file('x')), here: record('a', gone), how: 'whole'},
	{name: 'a new link', step: step(1, 'a', link('t')), how: 'whole'},
	{name: 'another target', step: step(1, 'a', link('t')), here: record('a', link('u')), how: 'whole'},
	{name: 'the same link', step: step(1, 'a', link('t')), here: record('a', link('t')), how: 'nothing'},
	{name: 'the same link, touched', step: step(1, 'a', link('t', 300)), here: record('a', link('t')), how: 'meta'},
	{name: 'a new folder', step: step(1, 'a', dir()), how: 'whole'},
	{name: 'the same folder', step: step(1, 'a', dir()), here: record('a', dir()), how: 'nothing'},
	{name: 'a folder of another mode', step: step(1, 'a', dir(0o700)), here: record('a', dir()), how: 'meta'},
	{name: 'a folder in place of a file', step: step(1, 'a', dir()), here: record('a', file('x')), how: 'whole'},
	{name: 'a removal', step: step(1, 'a', gone), here: record('a', file('x')), how: 'whole'},
	{name: 'a removal of what is gone', step: step(1, 'a', gone), here: record('a', gone), how: 'nothing'},
	{name: 'a removal of what never was', step: step(1, 'a', gone), how: 'nothing'},
	{name: 'agreement on the same', step: agree(1, 'a', file('x')), here: record('a', file('x')), how: 'nothing'},
	{
		name: 'agreement on what is not hashed yet',
		step: agree(1, 'a', file('x')),
		here: record('a', unhashed),
		how: 'nothing',
	},
	{
		name: 'agreement on another content',
		step: agree(1, 'a', file('x')),
		here: record('a', file('y')),
		how: 'refused DIFFERS',
	},
	{name: 'agreement on a file that is not here', step: agree(1, 'a', file('x')), how: 'refused DIFFERS'},
	{name: 'agreement that it is gone', step: agree(1, 'a', gone), here: record('a', gone), how: 'nothing'},
	{
		name: 'agreement that it is gone, but it is here',
		step: agree(1, 'a', gone),
		here: record('a', file('x')),
		how: 'refused DIFFERS',
	},
	{
		name: 'a version that the path has left behind',
		step: step(1, 'a', file('new'), {version: 'a1'}),
		here: record('a', file('old'), 'a2'),
		how: 'refused STALE',
	},
	{
		name: 'a version beside that of the path',
		step: step(1, 'a', gone, {version: 'b1'}),
		here: record('a', file('old'), 'a1'),
		how: 'refused STALE',
	},
	{
		name: 'the version that the path has',
		step: step(1, 'a', file('new'), {version: 'a1'}),
		here: record('a', file('old'), 'a1'),
		how: 'whole',
	},
	{
		name: 'a path that this side ignores',
		step: step(1, 'a', file('x')),
		scope: {isIgnored: (path) => path === 'a'},
		how: 'refused IGNORED',
	},
	{
		name: 'a file where only folders of the name are ignored',
		step: step(1, 'a', file('x')),
		scope: {isIgnored: (_, isDir) => isDir},
		how: 'whole',
	},
	{
		name: 'the removal of a folder of an ignored name',
		step: step(1, 'a', gone),
		here: record('a', dir()),
		scope: {isIgnored: (_, isDir) => isDir},
		how: 'refused IGNORED',
	},
	{
		name: 'a path below a folder that could not be read',
		step: step(1, 'a/b', file('x')),
		scope: {isUnknown: (path) => path.startsWith('a/')},
		how: 'refused UNREADABLE',
	},
	{
		name: 'the mode of the folder that could not be read',
		step: step(1, 'a', dir(0o755)),
		here: record('a', dir(0)),
		scope: {isUnknown: () => true},
		how: 'meta',
	},
]

describe('replica: prepare', () => {
	for (const {name, step: one, here, scope, how: wanted} of rows)
		it(`${name}: ${wanted}`, async () => {
			const {steps} = await prepare([one], byPath(...(here === undefined ? [] : [here])), {...open, ...scope})
			assert.deepEqual(
				steps.map(({disposition}) => how(disposition)),
				[wanted],
			)
		})

	interface Plan {
		readonly name: string
		readonly steps: readonly PlanStep[]
		readonly here: readonly IndexRecord[]
		readonly how: readonly string[]
		readonly deletions: number
		/** The disk finds a name in another case, too. */
		readonly folds?: boolean
	}
	const plans: readonly Plan[] = [
		{
			name: 'a renamed file comes from its old name',
			steps: [step(1, 'new', file('x')), step(2, 'old', gone)],
			here: [record('old', file('x'))],
			how: ['local from old', 'whole'],
			deletions: 0,
		},
		{
			name: 'two names change places',
			steps: [step(1, 'a', file('b')), step(2, 'b', file('a'))],
			here: [record('a', file('a')), record('b', file('b'))],
			how: ['local from b', 'local from a'],
			deletions: 0,
		},
		{
			name: 'a content that stays under its name is sent',
			steps: [step(1, 'copy', file('x'))],
			here: [record('kept', file('x'))],
			how: ['whole'],
			deletions: 0,
		},
		{
			name: 'a content that becomes a conflict copy has a name to go to already',
			steps: [step(1, 'a', file('y'), {keep: 'a.copy'}), step(2, 'b', file('x'))],
			here: [record('a', file('x'))],
			how: ['whole', 'whole'],
			deletions: 0,
		},
		{
			name: 'a content without a hash is sent',
			steps: [step(1, 'new', unhashed), step(2, 'old', gone)],
			here: [record('old', unhashed)],
			how: ['whole', 'whole'],
			deletions: 1,
		},
		{
			name: 'empty files are no renames of each other',
			steps: [step(1, 'new', file('e', 100, 0)), step(2, 'old', gone)],
			here: [record('old', file('e', 100, 0))],
			how: ['whole', 'whole'],
			deletions: 1,
		},
		{
			name: 'a removal that is refused gives nothing',
			steps: [step(1, 'new', file('x')), step(2, 'old', gone, {version: 'b1'})],
			here: [record('old', file('x'), 'a1')],
			how: ['whole', 'refused STALE'],
			deletions: 0,
		},
		{
			name: 'folders are no deletions, files and links are',
			steps: [step(1, 'd', gone), step(2, 'd/f', gone), step(3, 'd/l', gone)],
			here: [record('d', dir()), record('d/f', file('x')), record('d/l', link('t'))],
			how: ['whole', 'whole', 'whole'],
			deletions: 2,
		},
		{
			name: 'a folder that moves whole takes its empty file along',
			steps: [
				step(1, 'new', dir()),
				step(2, 'new/empty', file('e', 100, 0)),
				step(3, 'new/full', file('x')),
				step(4, 'old', gone),
				step(5, 'old/empty', gone),
				step(6, 'old/full', gone),
			],
			here: [record('old', dir()), record('old/empty', file('e', 100, 0)), record('old/full', file('x'))],
			how: ['whole', 'local from old/empty', 'local from old/full', 'whole', 'whole', 'whole'],
			deletions: 0,
		},
		...[false, true].map((folds) => ({
			name: `a rename in case alone, on a disk that ${folds ? 'folds case' : 'keeps the two apart'}`,
			steps: [step(1, 'NAME', file('x')), step(2, 'name', gone)],
			here: [record('name', file('x'))],
			how: folds ? ['respelled from name', 'respelled from name'] : ['local from name', 'whole'],
			deletions: 0,
			folds,
		})),
		{
			name: 'a rename in case alone of a file edited on the way, on a disk that folds case',
			steps: [step(1, 'NAME', file('y')), step(2, 'name', gone)],
			here: [record('name', file('x'))],
			how: ['whole', 'respelled from name'],
			deletions: 0,
			folds: true,
		},
	]
	for (const {name, steps, here, how: wanted, deletions, folds = false} of plans)
		it(name, async () => {
			const areOneEntry: PrepareScope['areOneEntry'] = async (pairs) => pairs.map(() => folds)
			const result = await prepare(steps, byPath(...here), {...open, areOneEntry})
			assert.deepEqual(
				result.steps.map(({disposition}) => how(disposition)),
				wanted,
			)
			assert.equal(result.deletions, deletions)
		})

	it('refuses what lies below a disk that went away, and nothing beside it', async () => {
		const {steps} = await prepare([step(1, 'disk/a', file('x')), step(2, 'diskette', file('y'))], byPath(), open)
		assert.deepEqual(
			withoutUnmounted(steps, ['disk']).map(({disposition}) => how(disposition)),
			['refused MOUNT_MISSING', 'whole'],
		)
		assert.equal(withoutUnmounted(steps, []), steps)
	})
})
