// Files that another program has open without sharing them: waited for, then a problem; the next sync takes them up.
import assert from 'node:assert/strict'
import {join} from 'node:path'
import {told} from '../e2e/support/program.js'
import {assertSame, type WindowsDevice, withPair} from './support/pair.js'
import {WindowsProgram, windowsPath} from './support/windows.js'

/** A program that has files open so that nobody else can open, rename or remove them; it ends after `ms`, or when it is let go. */
class Holder {
	readonly #program: WindowsProgram

	constructor({dir}: WindowsDevice, paths: readonly string[], ms: number) {
		const full = paths.map((path) => windowsPath(join(dir.path, path)))
		// 0x10000000: libuv's O_EXLOCK, which opens without sharing.
		const script = `for (const path of ${JSON.stringify(full)}) fs.openSync(path, fs.constants.O_RDWR | 0x10000000)
			console.log('held')
			setTimeout(() => {}, ${ms})`
		this.#program = new WindowsProgram(['-e', script])
	}

	async held(): Promise<void> {
		await this.#program.line(/held/)
	}

	async letGo(): Promise<void> {
		this.#program.kill('SIGKILL')
		await this.#program.ended()
	}
}

const forLong = 100_000

for (const serves of ['win', 'lin'] as const)
	describe(`Windows: locked files when ${serves === 'win' ? 'Windows' : 'Linux'} serves`, () => {
		it('a file that is locked for a moment is waited for: replaced, renamed, deleted', async () => {
			await withPair({serves}, async (pair) => {
				const {win, lin, caller} = pair
				for (const name of ['edited', 'moved', 'deleted', 'other']) lin.dir.write(`d/${name}`, `old ${name}`)
				await caller.result(['sync'])
				lin.dir.write('d/edited', 'new').mv('d/moved', 'd/to').rm('d/deleted')
				const holder = new Holder(win, ['d/edited', 'd/moved', 'd/deleted'], 1500)
				await holder.held()
				const outcome = await caller.run('sync', '--json')
				await holder.letGo()
				assert.equal(outcome.code, 0, told(outcome))
				assertSame(pair)
			})
		})

		it('many that stay locked are problems within seconds, all else is synced, and the next sync takes them up', async () => {
			await withPair({serves}, async (pair) => {
				const {win, lin, caller} = pair
				const names = Array.from({length: 12}, (_, i) => `${i}`)
				for (const name of names) lin.dir.write(`edited/${name}`, 'old').write(`deleted/${name}`, 'goes')
				lin.dir.write('whole/f', 'in a folder that moves')
				await caller.result(['sync'])
				for (const name of names) lin.dir.write(`edited/${name}`, `new ${name}`).rm(`deleted/${name}`)
				lin.dir.write('free', 'free').mv('whole', 'moved')
				const held = [...names.flatMap((name) => [`edited/${name}`, `deleted/${name}`]), 'whole/f']
				const holder = new Holder(win, held, forLong)
				await holder.held()
				const {problems, duration_ms} = await caller.result(['sync', '--allow-deletes'], 1)
				for (const name of names) {
					const problem = problems.find(({path}) => path === `edited/${name}`)
					assert.match(problem?.message ?? '', /another program has it open/, JSON.stringify(problems))
					assert.equal(win.dir.read(`edited/${name}`), 'old')
					assert.ok(win.dir.has(`deleted/${name}`))
				}
				assert.equal(win.dir.read('free'), 'free')
				assert.ok(duration_ms < 20_000, `${duration_ms} ms`)
				await holder.letGo()
				await caller.result(['sync', '--allow-deletes'])
				assertSame(pair)
				assert.equal(win.dir.read('edited/3'), 'new 3')
				assert.equal(win.dir.has('deleted'), lin.dir.has('deleted'))
			})
		})

		it('a locked file that is new or edited on Windows comes when it can be read', async () => {
			await withPair({serves}, async (pair) => {
				const {win, caller} = pair
				win.dir.write('known', 'old')
				await caller.result(['sync'])
				win.dir.write('known', 'edited').write('new', 'new').write('free', 'free')
				const holder = new Holder(win, ['known', 'new'], forLong)
				await holder.held()
				const {problems} = await caller.result(['sync'], 1)
				assert.deepEqual(new Set(problems.map(({path}) => path)), new Set(['known', 'new']), JSON.stringify(problems))
				assert.equal(pair.lin.dir.read('free'), 'free')
				assert.equal(pair.lin.dir.read('known'), 'old')
				await holder.letGo()
				await caller.result(['sync'])
				assertSame(pair)
			})
		})
	})
