// A disk with no room left, in bytes or in inodes: what the user deletes on the other side goes here, too, and is kept in the trash.
import assert from 'node:assert/strict'
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {errnoOf} from '../../src/lib/errors/index.js'
import {Pair} from '../e2e/support/pair.js'
import {assertNothing} from '../e2e/support/result.js'
import {mount, noMounts, unmount} from './support/mounts.js'

/** Fills the disk with ignored files until it takes no more. */
function fill(root: string, content: string): void {
	for (let i = 0; i < 10_000; i++) {
		try {
			writeFileSync(join(root, `fill-${i}`), content)
		} catch (error) {
			assert.equal(errnoOf(error), 'ENOSPC')
			return
		}
	}
	assert.fail('the disk is not full')
}

/** Contents in the trash. */
function trashed(root: string): string[] {
	const trash = join(root, '.filesync', 'trash')
	return readdirSync(trash, {recursive: true, withFileTypes: true})
		.filter((entry) => entry.isFile())
		.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
		.sort()
}

describe('faults: a full disk', function () {
	this.timeout(120_000)

	for (const [what, options, content] of [
		['inodes', 'nr_inodes=120', ''],
		['bytes', 'size=2m', 'x'.repeat(50_000)],
	] as const)
		for (const full of ['alpha', 'beta'] as const)
			it(`no ${what} left at ${full}: deletions go through, again and again, and nothing of it is lost`, async function () {
				if (noMounts !== undefined) this.skip()
				const pair = new Pair({name: 'full', settings: {ignore: ['fill-*'], max_delete_percent: 100}})
				const {alpha, beta} = pair
				const [narrow, wide] = full === 'alpha' ? [alpha, beta] : [beta, alpha]
				mount(narrow.dir.path, '-t', 'tmpfs', '-o', options, 'none')
				try {
					await pair.serve()
					await pair.during(async () => {
						const names = Array.from({length: 30}, (_, i) => `d/e${i % 3}/f${i}`)
						for (const name of [...names, 'keep']) wide.dir.write(name, `content of ${name}`)
						await alpha.result(['sync'])
						fill(narrow.dir.path, content)
						for (const name of names.slice(0, 10)) wide.dir.rm(name)
						await alpha.result(['sync'])
						wide.dir.rm('d')
						await alpha.result(['sync'])
						assertNothing(await alpha.result(['sync']))
						assert.equal(existsSync(narrow.dir.at('d')), false)
						assert.deepEqual(trashed(narrow.dir.path), names.map((name) => `content of ${name}`).sort())
					})
				} finally {
					unmount(narrow.dir.path, '-l')
				}
			})
})
