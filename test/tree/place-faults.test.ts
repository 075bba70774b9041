// A disk that fails, or cannot hold what is to be put there, while a name is taken or cleared: nothing goes, nothing is half-done.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import {join} from 'node:path'
import {stampAt} from '../../src/lib/tree/disk/stat.js'
import type {Occupant, TaskResult} from '../../src/lib/tree/tasks.js'
import {stageLinks} from '../../src/lib/tree/write/apply.js'
import {beginApply} from '../../src/lib/tree/write/context.js'
import {contents, failing, lettingIn, people, published, put, rel, remove, takeFromHere, theirs} from './somebody.js'
import {withTemp} from './temp.js'

describe('tree/place on disks that fail', () => {
	const inRoot = (body: (root: string) => void) => () =>
		withTemp((root) => {
			beginApply({root, trashSession: '20260102-030405'})
			body(root)
		})
	const isTree = (path = ''): boolean => !path.includes('/.filesync/')
	const isOver = (from = '', to = ''): boolean => !isTree(from) && isTree(to)
	const toTree = (_from = '', to = ''): boolean => isTree(to)
	const replaceIt = (at: string): void => people['replaces it by a rename']?.(at)

	it(
		'a link that a disk cannot hold is a fault, and never becomes what it leads to',
		inRoot((root) => {
			fs.writeFileSync(join(root, 'secret'), 'secret')
			const task = {id: 1, path: rel('name'), occupant: null, keepAs: null, target: join(root, 'secret'), mtime: 1}
			failing(
				[
					['symlinkSync', 'EPERM', toTree],
					['renameSync', 'EXDEV', isOver],
				],
				() => {
					const [result] = published(stageLinks({tasks: [task]}))
					assert.notEqual(result?.fault, null)
				},
			)
			assert.equal(fs.lstatSync(join(root, 'name'), {throwIfNoEntry: false}), undefined)
			assert.deepEqual(contents(root), ['secret'])
		}),
	)

	it(
		'a content from here that cannot be copied over a border lies in the trash',
		inRoot((root) => {
			fs.writeFileSync(join(root, 'source'), 'newer')
			failing(
				[
					['linkSync', 'EXDEV', isOver],
					['copyFileSync', 'ENOSPC', toTree],
				],
				() => {
					const [result] = takeFromHere(root, null)
					assert.equal(result?.fault?.code, 'ENOSPC')
				},
			)
			assert.ok(contents(root, true).includes('newer'))
		}),
	)

	it(
		'a content whose name in staging cannot be removed has its own name all the same',
		inRoot((root) => {
			const inStaging = (path = ''): boolean => path.includes('/.filesync/staging/')
			failing([['unlinkSync', 'ENOSPC', inStaging]], () => {
				const [result] = put(null, null)
				assert.equal(result?.fault, null)
				assert.notEqual(result?.disk, null)
			})
			assert.equal(contents(root).length, 1)
		}),
	)

	const works: Readonly<Record<string, (occupant: Occupant) => TaskResult[]>> = {
		'a put that leaves a copy': (occupant) => put(occupant, rel('copy')),
		'a removal that leaves a copy': (occupant) => remove(occupant, false, rel('copy')),
		'a removal of what moved': (occupant) => remove(occupant, true),
	}
	for (const [name, act] of Object.entries(works))
		for (const person of ['replaces it by a rename', 'writes into it'])
			it(
				`${name}, without hard links; somebody ${person}`,
				inRoot((root) => {
					const [at, copy] = [join(root, 'name'), join(root, 'copy')]
					let tries = 0
					const trial = (n: number): string | undefined => {
						fs.writeFileSync(at, 'older')
						const occupant: Occupant = {kind: 'file', disk: stampAt(at)}
						let results: TaskResult[] = []
						const call = lettingIn(
							n,
							() => people[person]?.(at),
							() => {
								results = act(occupant)
							},
						)
						if (results[0]?.fault?.code !== 'CHANGED') return call
						tries++
						assert.ok(contents(root).includes(theirs), `before ${call} (${n})`)
						// Whose content was copied cannot be told once the name is another file's; that one is whole.
						const left = fs.existsSync(copy) ? fs.readFileSync(copy, 'utf8') : 'nothing'
						const allowed = person === 'writes into it' ? ['nothing'] : ['nothing', 'older', theirs]
						assert.ok(allowed.includes(left), `before ${call} (${n}): ${left}`)
						return call
					}
					failing([['linkSync', 'EPERM', () => true]], () => {
						for (let n = 0; trial(n) !== undefined; n++) {
							for (const path of [at, copy]) fs.rmSync(path, {force: true})
						}
					})
					assert.ok(tries > 0)
				}),
			)

	it(
		'what was captured and cannot get its name back lies in the trash',
		inRoot((root) => {
			const at = join(root, 'name')
			let captured = false
			fs.writeFileSync(at, 'older')
			const occupant: Occupant = {kind: 'file', disk: stampAt(at)}
			const isBack = (from = '', to = ''): boolean => {
				if (captured || !from.endsWith('/name')) return captured && isTree(to) && !from.endsWith('.new')
				captured = true
				replaceIt(at)
				return false
			}
			failing(
				[
					['linkSync', 'EIO', () => true],
					['renameSync', 'EIO', isBack],
				],
				() => {
					assert.equal(remove(occupant, true)[0]?.fault?.code, 'CHANGED')
				},
			)
			beginApply({root, trashSession: null})
			assert.ok(contents(root, true).includes(theirs))
		}),
	)
})
