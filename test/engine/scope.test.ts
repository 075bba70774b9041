// Rules come, both sides edit, rules go: nothing that stood on either side then is lost, and both sides are the same.
import {deepEqual, equal} from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {rel} from '../core/model/disk.js'
import {Device} from './support/device.js'
import {calm, syncDevices} from './support/sync.js'
import {makeTemp, removeTemp} from './support/temp.js'

const paths = ['media/a', 'media/sub/deep/b'] as const
const startedSec = 1_750_000_000

class Sides {
	readonly home = makeTemp()
	readonly alpha: Device
	readonly beta: Device
	#nowSec = startedSec

	constructor() {
		const options = {
			home: this.home,
			random: randomBytes,
			worldMs: () => this.#nowSec * 1000,
			maxConcurrency: 1,
			odd: false,
			hasLarge: false,
			isNatural: false,
		}
		this.alpha = new Device('alpha', options)
		this.beta = new Device('beta', options)
	}

	/** A minute passes. */
	write({disk}: Device, path: string, text: string): void {
		this.#nowSec += 60
		const at = join(disk.root, path)
		mkdirSync(dirname(at), {recursive: true})
		writeFileSync(at, text)
		utimesSync(at, this.#nowSec, this.#nowSec)
	}

	remove({disk}: Device, path: string): void {
		this.#nowSec += 60
		rmSync(join(disk.root, path), {recursive: true, force: true})
	}

	async ignore(device: Device, lines: readonly string[]): Promise<void> {
		await device.close()
		device.ignore = lines
	}

	async sync(leader: Device, rounds = 1): Promise<void> {
		this.#nowSec += 60
		await syncDevices(leader, leader === this.alpha ? this.beta : this.alpha, {...calm, rounds})
	}

	/** Files by path; a conflict copy under the name of its path and the word copy. */
	tree({disk}: Device): Record<string, string> {
		const found: Record<string, string> = {}
		for (const [path, {kind}] of disk.refresh().nodes)
			if (kind === 'file')
				found[path.replace(/\.sync-conflict-.*$/, ' copy')] = readFileSync(join(disk.root, path), 'utf8')
		return found
	}

	async close(): Promise<void> {
		await this.alpha.close()
		await this.beta.close()
		removeTemp(this.home)
	}
}

async function withSides(body: (sides: Sides) => Promise<void>): Promise<void> {
	const sides = new Sides()
	try {
		await body(sides)
	} finally {
		await sides.close()
	}
}

/** In a folder of its own each: what alpha does with it while a rule leaves it out, and what beta does. */
type Deed = 'keep' | 'delete' | 'edit'
const deeds: readonly Deed[] = ['keep', 'delete', 'edit']
const cases = deeds.flatMap((mine) => deeds.map((theirs) => ({mine, theirs, folder: `media/${mine} ${theirs}`})))
const pathsIn = (folder: string): readonly string[] => [`${folder}/a`, `${folder}/sub/deep/b`]

function act(sides: Sides, device: Device, deed: Deed, folder: string): void {
	if (deed === 'delete') sides.remove(device, folder)
	else if (deed === 'edit') for (const path of pathsIn(folder)) sides.write(device, path, `edited on ${device.name}`)
}

/** What stands under a path in the end, and its copy, if any. The later edit is beta's. */
function expected(alpha: Deed, beta: Deed): readonly [string | undefined, string | undefined] {
	const mine = alpha === 'edit' ? 'edited on alpha' : alpha === 'keep' ? 'past' : undefined
	const theirs = beta === 'edit' ? 'edited on beta' : beta === 'keep' ? 'past' : undefined
	if (mine === undefined || theirs === undefined || mine === theirs) return [theirs ?? mine, undefined]
	return beta === 'edit' ? [theirs, mine] : [mine, theirs]
}

const clauses = [
	{name: 'a rule in the config of one side', both: false, file: false},
	{name: 'rules in both configs', both: true, file: false},
	{name: 'a rule in the rules file', both: true, file: true},
] as const

describe('engine: rules that come and go', function () {
	this.timeout(60_000)

	for (const {name, both, file} of clauses)
		for (const leads of ['alpha', 'beta'] as const)
			it(`${name}, led by ${leads}: kept, deleted and edited meanwhile, on either side`, () =>
				withSides(async (sides) => {
					const {alpha, beta} = sides
					const leader = sides[leads]
					for (const {folder} of cases) for (const path of pathsIn(folder)) sides.write(alpha, path, 'past')
					sides.write(alpha, 'note', 'n')
					await sides.sync(leader)
					const set = async (line: string): Promise<void> => {
						if (file) sides.write(leader, '.filesyncignore', line)
						else for (const device of both ? [alpha, beta] : [alpha]) await sides.ignore(device, [line])
						// The rules file arrives with the first round, and counts in the second.
						await sides.sync(leader, file ? 2 : 1)
					}
					await set('/media/')
					for (const {mine, folder} of cases) act(sides, alpha, mine, folder)
					for (const {theirs, folder} of cases) act(sides, beta, theirs, folder)
					await sides.sync(leader)
					await sides.sync(leader)
					await set('# nothing')
					const wanted: Record<string, string> = {note: 'n', ...(file ? {'.filesyncignore': '# nothing'} : {})}
					for (const {mine, theirs, folder} of cases) {
						const [kept, copy] = expected(mine, theirs)
						for (const path of pathsIn(folder)) {
							if (kept !== undefined) wanted[path] = kept
							if (copy !== undefined) wanted[`${path} copy`] = copy
						}
					}
					deepEqual(sides.tree(alpha), wanted)
					deepEqual(sides.tree(beta), wanted)
					const {outcomes} = await syncDevices(leader, leader === alpha ? beta : alpha)
					deepEqual([outcomes[0]?.plan.local, outcomes[0]?.plan.remote], [[], []])
				}))

	it('a rule that comes and goes again and again: nothing is lost', () =>
		withSides(async (sides) => {
			const {alpha, beta} = sides
			for (const path of paths) sides.write(alpha, path, 'past')
			await sides.sync(alpha)
			for (let i = 0; i < 4; i++) {
				await sides.ignore(alpha, ['/media/'])
				await sides.sync(alpha)
				sides.remove(alpha, i % 2 === 0 ? 'media' : 'media/sub')
				await sides.ignore(alpha, [])
				await sides.sync(alpha)
			}
			deepEqual(sides.tree(alpha), {'media/a': 'past', 'media/sub/deep/b': 'past'})
			deepEqual(sides.tree(beta), sides.tree(alpha))
		}))

	it('a sync that breaks off after the rule went leaves the common past forgotten', () =>
		withSides(async (sides) => {
			const {alpha, beta} = sides
			for (const path of paths) sides.write(alpha, path, 'past')
			await sides.sync(alpha)
			await sides.ignore(alpha, ['/media/'])
			sides.remove(alpha, 'media')
			// Seen by a scan and by no peer: the rules of the last agreement are in force again at the next sync.
			await alpha.scan()
			await sides.ignore(alpha, [])
			await sides.sync(alpha)
			deepEqual(sides.tree(alpha), {'media/a': 'past', 'media/sub/deep/b': 'past'})
			deepEqual(sides.tree(beta), sides.tree(alpha))
		}))

	it('a record of what is out of scope is kept nowhere, a tombstone neither', () =>
		withSides(async (sides) => {
			const {alpha, beta} = sides
			for (const path of paths) sides.write(alpha, path, 'past')
			await sides.sync(alpha)
			sides.remove(alpha, 'media/sub')
			await alpha.scan()
			await sides.ignore(alpha, ['/media/'])
			await alpha.scan()
			const replica = await alpha.replica()
			const all = ['media', 'media/a', 'media/sub', 'media/sub/deep', 'media/sub/deep/b'].map(rel)
			equal((await replica.records(all)).size, 0)
			equal(replica.counts.files, 0)
			await sides.ignore(alpha, [])
			await sides.sync(alpha)
			deepEqual(sides.tree(beta), {'media/a': 'past', 'media/sub/deep/b': 'past'})
			deepEqual(sides.tree(alpha), sides.tree(beta))
		}))

	for (const leads of ['alpha', 'beta'] as const)
		it(`rules that change within a connection are told the peer, led by ${leads}`, () =>
			withSides(async (sides) => {
				const {alpha, beta} = sides
				const leader = sides[leads]
				sides.write(alpha, '.filesyncignore', '/big/\n')
				await sides.sync(alpha)
				sides.write(alpha, 'big/x', 'x')
				sides.write(beta, 'big/y', 'y')
				await sides.sync(alpha)
				deepEqual(Object.keys(sides.tree(beta)), ['.filesyncignore', 'big/y'])
				let round = 0
				await syncDevices(leader, leader === alpha ? beta : alpha, {
					...calm,
					rounds: 3,
					onEvent(event) {
						if (event.kind !== 'phase' || event.phase !== 'scan') return
						if (++round === 2) sides.remove(alpha, '.filesyncignore')
					},
				})
				deepEqual(sides.tree(alpha), {'big/x': 'x', 'big/y': 'y'})
				deepEqual(sides.tree(beta), sides.tree(alpha))
				const {outcomes} = await syncDevices(leader, leader === alpha ? beta : alpha)
				deepEqual([outcomes[0]?.plan.local, outcomes[0]?.plan.remote], [[], []])
			}))
})
