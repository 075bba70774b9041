// A hostile follower for a real `sync`: its answers up to any point of a round, and what must hold after each attack.
import assert from 'node:assert/strict'
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {decode, Fetch, Look} from '../../../src/lib/wire/messages.js'
import {decodeSteps} from '../../../src/lib/wire/steps.js'
import type {Job} from '../../e2e/support/concurrent.js'
import {Dir} from '../../e2e/support/dir.js'
import {Device} from '../../e2e/support/pair.js'
import {told} from '../../e2e/support/program.js'
import {parseError, parseResult, type SyncResult} from '../../e2e/support/result.js'
import {tempFolder} from '../../e2e/support/temp.js'
import {batchBytes, noEntries, type StateColumns} from './columns.js'
import {type HostilePeer, trap} from './peer.js'
import {newDevice, packFrame, welcome} from './words.js'

const heavy = process.env['FILESYNC_HEAVY'] === '1'

/** Rows of a `records` frame with one version for all of them. */
export const records = (rows: readonly (readonly [string, StateColumns])[], vector: readonly unknown[]): Uint8Array =>
	batchBytes(
		rows.map(([path, state]) => ({path, state})),
		[vector],
	)

export const scanned = {seq: 1, files: 0, bytes: 0, problems: [], moreProblems: 0}

/** Greets, takes `begin`, shows these records. */
export async function show(
	peer: HostilePeer,
	rows: readonly (readonly [string, StateColumns])[],
	bend: object = {},
): Promise<string> {
	const device = newDevice()
	await peer.hear('hello')
	peer.say('welcome', welcome(device, bend))
	await peer.hear('begin')
	if (rows.length > 0) peer.say('records', records(rows, [device, 1]))
	peer.say('scanned', scanned)
	return device
}

export type Looked = (paths: readonly string[]) => Uint8Array

/** Takes the plan up to its close. */
export async function takeSteps(peer: HostilePeer, ids: number[], looked: Looked = () => noEntries): Promise<void> {
	for (;;) {
		const {name, body} = await peer.hear('look', 'steps', 'prepare')
		if (name === 'prepare') return
		if (name === 'look') peer.say('looked', looked(decode(Look, body, 'look').paths))
		else ids.push(...decodeSteps(body).steps.map(({id}) => id))
	}
}

/** Takes the plan and answers that it will do all of it; gives the ids of the steps. */
export async function takePlan(
	peer: HostilePeer,
	bend: object = {},
	looked: Looked = () => noEntries,
): Promise<readonly number[]> {
	const ids: number[] = []
	await takeSteps(peer, ids, looked)
	peer.say('prepared', {last: true, deletions: 0, held: 0, steps: [], ...bend})
	return ids
}

/** Does as asked for: sends `contents` by path, takes what comes, settles. */
export async function obey(
	peer: HostilePeer,
	contents: Readonly<Record<string, string>> = {},
	looked?: Looked,
): Promise<void> {
	await takePlan(peer, {}, looked)
	await peer.hear('carryOut')
	for (;;) {
		const {name, body} = await peer.hear('fetch', 'settle')
		if (name === 'settle') break
		for (const [id, path] of decode(Fetch, body, 'fetch').items) {
			const content = contents[path] ?? ''
			peer.parts('pack', packFrame([{id, content}]))
		}
	}
	peer.say('settled', {seq: 1, pending: [], agreed: true})
}

export interface Expected {
	/** Exit code. */
	readonly code: number
	/** The error's code and message, or a problem's. */
	readonly says?: RegExp
	readonly settings?: object
	readonly check?: (result: SyncResult | undefined, device: Device) => void
	readonly args?: readonly string[]
	readonly heavy?: boolean
}

export function attack(name: string, expected: Expected, behave: (peer: HostilePeer) => Promise<void>): Job {
	const run = async (): Promise<void> => {
		const home = tempFolder('answers')
		const outside = new Dir(join(home, 'outside'))
		mkdirSync(outside.path)
		outside.write('secret.txt', 'secret').write('sub/deep.txt', 'deep')
		const alpha = new Device(home, 'alpha', {...expected.settings}, undefined)
		alpha.dir.write('keep.txt', 'keep').write('dir/inner.txt', 'inner').link('out', '../outside')
		for (let i = 0; i < 20; i++) alpha.dir.write(`many/${i}.txt`, `number ${i}`)
		const before = {outside: outside.exact, own: alpha.dir.tree}
		const {port, close} = await trap(behave)
		try {
			alpha.connectTo(port)
			const outcome = await alpha.run('sync', '--json', ...(expected.args ?? []))
			assert.equal(outcome.code, expected.code, told(outcome))
			if (expected.says !== undefined) assert.match(JSON.stringify(JSON.parse(outcome.stdout)), expected.says)
			const isError = outcome.code !== 0 && outcome.code !== 1
			if (isError) assert.match(parseError(outcome.stdout).code, /^[A-Z_]+$/)
			assert.deepEqual(outside.exact, before.outside, 'something outside was touched')
			for (const [path, content] of Object.entries(before.own))
				assert.equal(alpha.dir.tree[path], content, `${path} is lost`)
			expected.check?.(isError ? undefined : parseResult(outcome.stdout), alpha)
		} finally {
			await close()
		}
	}
	return {name, run, skip: expected.heavy === true && !heavy ? 'takes minutes: FILESYNC_HEAVY=1' : undefined}
}

/** A greeting, then something else than a good answer to `begin`. */
export const instead =
	(act: (peer: HostilePeer, device: string) => void | Promise<void>) =>
	async (peer: HostilePeer): Promise<void> => {
		const device = newDevice()
		await peer.hear('hello')
		peer.say('welcome', welcome(device))
		await peer.hear('begin')
		await act(peer, device)
	}

export const dropped = {code: 3, says: /"code":"PROTOCOL"/}
export const badPaths = [
	'../x',
	'a/../../x',
	'',
	'.',
	'/abs',
	'a//b',
	'a/',
	'.filesync/root.json',
	'.FILESYNC/x',
	'nul\0x',
	'\ud800',
]
/** Those that can stand in a batch: in path order, without a NUL, and UTF-8. */
export const inColumns = badPaths.filter((path) => path.isWellFormed() && !path.includes('\0')).sort()
