// The ignore rules of one scan are one reading of the rules file, whoever reads it anew meanwhile.
import {equal, notEqual} from 'node:assert/strict'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setImmediate} from 'node:timers/promises'
import {rel} from '../core/model/disk.js'
import {scanOf, withHome} from './support.js'

describe('replica/rules', function () {
	this.timeout(30_000)

	it('a scan tells the rules it went by, though a greeting reads newer ones while it runs', () =>
		withHome(async ({root, open}) => {
			writeFileSync(join(root, 'a.tmp'), 'a')
			const replica = await open()
			const before = await scanOf(replica)
			const scanning = scanOf(replica)
			await setImmediate()
			writeFileSync(join(root, '.filesyncignore'), '*.tmp\n')
			notEqual(replica.loadRules(), before.rules)
			equal((await scanning).rules, before.rules)
			equal((await replica.records([rel('a.tmp')])).get(rel('a.tmp'))?.state.kind, 'file')
			await replica.close()
		}))

	it('a look at some paths asks for a whole scan after the rules changed, whoever read them first', () =>
		withHome(async ({root, open}) => {
			writeFileSync(join(root, 'a'), 'a')
			const replica = await open()
			await scanOf(replica)
			const {signal} = new AbortController()
			notEqual(await replica.scanPart([rel('a')], signal), undefined)
			writeFileSync(join(root, '.filesyncignore'), '*.tmp\n')
			replica.loadRules()
			equal(await replica.scanPart([rel('a')], signal), undefined)
			await replica.close()
		}))
})
