import assert from 'node:assert/strict'
import {lstatSync, readlinkSync} from 'node:fs'
import {join} from 'node:path'
import {makeLink, targetText} from '../../src/lib/tree/disk/links.js'
import {withTemp} from './temp.js'

describe('tree: links', () => {
	for (const [shown, platform, target] of [
		['..\\a\\b', 'win32', '../a/b'],
		['a', 'win32', 'a'],
		['..\\a\\b', 'linux', '..\\a\\b'],
		['../a', 'darwin', '../a'],
	] as const)
		it(`the target shown as ${shown} on ${platform} is synced as ${target}`, () =>
			assert.equal(targetText(shown, platform), target))

	it('a link has the target that was asked for', () =>
		withTemp((folder) => {
			for (const [i, target] of ['f', '../up', '/abs', 'a\\b', 'not there'].entries()) {
				const at = join(folder, `${i}`)
				makeLink(target, at, folder)
				assert.equal(lstatSync(at).isSymbolicLink(), true)
				assert.equal(readlinkSync(at), target)
			}
		}))

	it('a name that is taken is told as such', () =>
		withTemp((folder) => {
			makeLink('a', join(folder, 'l'), folder)
			assert.throws(() => makeLink('b', join(folder, 'l'), folder), {code: 'EEXIST'})
			assert.equal(readlinkSync(join(folder, 'l')), 'a')
		}))
})
