// Small histories on two real devices: each in a folder of its own below the root, so that one sync plays hundreds of them.
import {join} from 'node:path'
import type {RelPath} from '../../../src/lib/core/paths.js'
import {type Folder, faultOf, type Seen, seenIn, wantedAfter} from '../../core/small/contract.js'
import {operateByWords} from '../../core/small/operations.js'
import {
	type Counted,
	describeHistory,
	makeStart,
	type Start,
	type StartName,
	startedSec,
	syncSec,
	type Variant,
	workSec,
} from '../../core/small/play.js'
import {Device} from '../support/device.js'
import {FolderDisk} from '../support/folder.js'
import {syncDevices} from '../support/sync.js'
import {makeTemp, removeTemp} from '../support/temp.js'

export type User = 'laptop' | 'phone'
const users = ['laptop', 'phone'] as const
const plain = {odd: false, hasLarge: false, isNatural: false}

/** What the users do in one history. */
export type Pair = Readonly<Record<User, Variant>>

/** A history's folder on one device. */
class Place {
	readonly disk: FolderDisk
	seen: ReadonlyMap<RelPath, Seen> = new Map()
	readonly #user: User
	readonly #words: readonly string[]
	#at = 0

	constructor(device: Device, user: User, number: number, {words}: Variant) {
		this.#user = user
		this.#words = words
		const name = `h${number}`
		device.disk.put(device.disk.model(name), {kind: 'dir', content: '', size: 0, mtime: startedSec * 1e6, mode: 0o755})
		this.disk = new FolderDisk(join(device.disk.root, name), plain)
	}

	/** The user works up to the scan or the end. */
	work(): void {
		for (let words = this.#words[this.#at++]; words !== undefined && words !== 'scan'; words = this.#words[this.#at++])
			operateByWords(words, this.disk, this.#user, workSec[this.#user])
	}
}

/** Two devices that play some histories of one start and one pattern of scans. Returns the faults. */
async function playBatch(start: StartName, pairs: readonly Pair[], leader: User): Promise<string[]> {
	const home = makeTemp()
	let nowSec = startedSec + 50
	const options = {...plain, home, random: randomOf(), worldMs: () => nowSec * 1000, maxConcurrency: 1}
	const devices = {laptop: new Device('laptop', options), phone: new Device('phone', options)}
	const [first, second] = leader === 'laptop' ? [devices.laptop, devices.phone] : [devices.phone, devices.laptop]
	try {
		const places = pairs.map((pair, i) => ({
			pair,
			laptop: new Place(devices.laptop, 'laptop', i, pair.laptop),
			phone: new Place(devices.phone, 'phone', i, pair.phone),
		}))
		if (start === 'synced') {
			for (const {laptop} of places) makeStart(laptop.disk)
			await syncDevices(devices.laptop, devices.phone)
		}
		const bases: Folder[] = places.map(({laptop, phone}) => {
			phone.disk.refresh()
			return new Map(laptop.disk.refresh().nodes)
		})
		for (const user of users) {
			nowSec = workSec[user] + 10
			for (const place of places) place[user].work()
			if (!pairs.some((pair) => pair[user].words.includes('scan'))) continue
			await devices[user].scan()
			for (const [i, place] of places.entries())
				place[user].seen = seenIn(place[user].disk.refresh().nodes, bases[i] ?? new Map())
			for (const place of places) place[user].work()
		}
		const wanted = places.map(({laptop, phone}, i) => {
			const sides = {laptop, phone}
			const side = (user: User) => {
				const {disk, seen} = sides[user]
				return {name: user, folder: new Map(disk.refresh().nodes), seen}
			}
			return wantedAfter(bases[i] ?? new Map(), side('laptop'), side('phone'))
		})
		nowSec = syncSec
		const faults: string[] = []
		for (const {faults: failed, problems} of (await syncDevices(first, second)).outcomes)
			for (const fault of [...failed.values(), ...problems]) faults.push(`a sync fails: ${JSON.stringify(fault)}`)
		for (const [i, place] of places.entries())
			for (const user of users) {
				const fault = faultOf(wanted[i] ?? new Map(), place[user].disk.refresh().nodes)
				if (fault !== undefined)
					faults.push(
						`${describeHistory(start, place.pair.laptop, place.pair.phone)}\n  the ${leader} leads: on the ${user} ${fault}`,
					)
			}
		const pictures = users.map((user) => devices[user].disk.refresh().picture())
		if (pictures[0] !== pictures[1]) faults.push('the sides differ')
		nowSec += 10
		for (const {plan} of (await syncDevices(second, first)).outcomes)
			for (const {do: what, path} of [...plan.local, ...plan.remote]) {
				const {pair} = places[Number(path.split('/')[0]?.slice(1))] ?? {}
				const told = pair === undefined ? '' : describeHistory(start, pair.laptop, pair.phone)
				faults.push(`${told}\n  the ${leader} leads: a second run has to ${what} ${path}`)
			}
		return faults
	} finally {
		for (const user of users) await devices[user].close()
		removeTemp(home)
	}
}

/** Different bytes at each call, the same in every run. */
function randomOf(): (bytes: number) => Uint8Array {
	let count = 0
	return (bytes) => {
		count++
		return Uint8Array.from({length: bytes}, (_, i) => (Math.imul(count * 31 + i + 1, 0x9e3779b1) >>> 13) & 0xff)
	}
}

const hasScan = ({words}: Variant): boolean => words.includes('scan')

/** Plays histories by their number, as `playAll` does, at most `batch` in one sync; the leaders take turns. */
export async function playOnDisk(
	{name, laptop, phone}: Start,
	numbers: Iterable<number>,
	batch: number,
	onFault: (text: string) => void = () => {},
): Promise<Counted> {
	const groups = new Map<string, Pair[]>()
	let histories = 0
	for (const number of numbers) {
		const [one, other] = [laptop[Math.floor(number / phone.length)], phone[number % phone.length]]
		if (one === undefined || other === undefined) throw new RangeError(`there is no history ${number}`)
		const key = `${hasScan(one)} ${hasScan(other)}`
		groups.set(key, [...(groups.get(key) ?? []), {laptop: one, phone: other}])
		histories++
	}
	const faults: string[] = []
	let turn = 0
	for (const pairs of groups.values())
		for (let i = 0; i < pairs.length; i += batch)
			for (const fault of await playBatch(name, pairs.slice(i, i + batch), turn++ % 2 === 0 ? 'laptop' : 'phone')) {
				faults.push(fault)
				onFault(fault)
			}
	return {histories, faults}
}
