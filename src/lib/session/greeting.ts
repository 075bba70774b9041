// The first words of a conversation: who, which version, which clock, which rules, and what both remember of each other.
// Nothing is acted on before both sides have said them.

import type {DeviceId} from '../core/entries/versions.js'
import {type Agreement, type CommonGround, commonGround, type PointNames} from '../core/folder/agreement.js'
import {FileSyncError, PeerError} from '../errors/index.js'
import type {Replica} from '../replica/replica.js'
import {hasProbe, makeProbe, removeProbe} from '../tree/index.js'
import {confirmFeature, pendingFeature, protocol, wireLimits} from '../wire/codes.js'
import {deflateFeature} from '../wire/deflate.js'
import {decode, Hello, Versions, Welcome} from '../wire/messages.js'
import {reportFeature} from '../wire/report.js'
import type {Conversation} from './conversation.js'

/** What this side says of itself. */
export interface Self {
	readonly software: string
	readonly name: string
	readonly maxDeletePercent: number
	readonly maxConcurrency: number
	readonly nowMs: () => number
	readonly random: (bytes: number) => Uint8Array
}

/** What is known of the peer once both have greeted. */
export interface Acquaintance {
	readonly device: DeviceId
	readonly name: string
	readonly software: string
	/** Of the peer's last scan and of this side's, as they were told; a round begins with a scan that may find others. */
	readonly rules: string
	readonly toldRules: string
	readonly maxDeletePercent: number
	/** It takes reports of the rounds that this side leads, and requests for rounds that it leads. */
	readonly takesReports: boolean
	/** Highest generation of the agreement that either side knows. */
	readonly generation: number
	/** The peer's clock minus ours, in milliseconds; known to the leader only (0 at the follower). */
	readonly clockOffsetMs: number
	readonly roundTripMs: number
	readonly ground: CommonGround
	/** It takes `pending` frames. */
	readonly takesPending: boolean
	/** It sends and takes `confirm`. */
	readonly confirms: boolean
}

/** The leader's database turned out to be older than what the peer remembers of it; it must greet again as a new device. */
export class FellBehind extends Error {
	/** The device that this side greeted as. */
	readonly device: DeviceId

	constructor(device: DeviceId) {
		super('the index is older than what the peer remembers of it')
		this.name = 'FellBehind'
		this.device = device
	}
}

/** Said by the side that starts over. */
export const startedOverText =
	"this device's state was older than what the peer remembers of it: it was put back from a backup, or this device is a copy of another one that went on syncing. It goes on as a new device: both sides are united, nothing is deleted, files that differ become conflicts"

const helloMs = 10_000

const names = ({last, before, confirmed}: Agreement): PointNames => ({
	last: {generation: last.generation, token: last.token},
	before: before === null ? null : {generation: before.generation, token: before.token},
	confirmed,
})

function greeting(replica: Replica, self: Self) {
	return {
		protocol: protocol.version,
		oldest: protocol.oldest,
		software: self.software,
		device: replica.device,
		name: self.name.slice(0, wireLimits.text),
		clockMs: self.nowMs(),
		rules: replica.rules,
		maxDeletePercent: self.maxDeletePercent,
		maxConcurrency: self.maxConcurrency,
		features: [deflateFeature, reportFeature, confirmFeature, pendingFeature],
	}
}

/** Looks at the versions alone: the rest of another version's greeting may be of another shape. */
function assertVersions(peer: Versions, here: Versions): void {
	if (peer.protocol >= here.oldest && peer.oldest <= here.protocol) return
	const there = `the peer ${peer.name} runs ${peer.software}`
	const ours = `this device runs ${here.software}`
	if (peer.protocol < here.oldest)
		throw new FileSyncError(
			'PEER_VERSION',
			`${there}, which speaks wire protocol ${peer.protocol}; ${ours}, which needs ${here.oldest} or later`,
			[`update FileSync on the peer ${peer.name}`],
		)
	throw new FileSyncError(
		'PEER_VERSION',
		`${ours}, which speaks wire protocol ${here.protocol}; ${there}, which needs ${peer.oldest} or later`,
		['update FileSync on this device'],
	)
}

/** Followers before protocol 3 refuse a newer leader without a greeting of their own, in words that are true on their side only. */
function asSeenHere(error: unknown, here: Versions): unknown {
	if (!(error instanceof PeerError) || error.code !== 'PEER_VERSION') return error
	return new FileSyncError(
		'PEER_VERSION',
		`this device runs ${here.software}, which needs wire protocol ${here.oldest} or later; the peer speaks an older one, and answered: ${error.message}`,
		['update FileSync on the peer'],
		{cause: error},
	)
}

const sameDevice = (): FileSyncError =>
	new FileSyncError(
		'SELF_CONNECTION',
		'the peer has the same device id as this side: its state folder is a copy of this one, or it is this very device',
		[
			'check peer.host and peer.port in the config',
			'if the state folder was copied, run once with --first-sync on one of the devices',
		],
	)

const sameFolder = (): FileSyncError =>
	new FileSyncError(
		'SAME_FOLDER',
		'the peer works on the very same folder as this side; a folder cannot be synced with itself',
		['check local_dir in both configs'],
	)

/**
 * The leader greets; with `begins` a round begins as soon as the peer has answered, without another word. Throws PEER_VERSION, SELF_CONNECTION, SAME_FOLDER, PROTOCOL, CONNECTION_LOST, or FellBehind.
 */
export async function greet(
	conversation: Conversation,
	replica: Replica,
	self: Self,
	begins: boolean,
): Promise<Acquaintance> {
	const probe = Buffer.from(self.random(16)).toString('hex')
	makeProbe(replica.root, probe)
	const {device} = replica
	const sentAtMs = self.nowMs()
	const sentAt = performance.now()
	const words = greeting(replica, self)
	try {
		conversation.sendJson('hello', {
			...words,
			agreements: replica
				.agreements()
				.slice(0, 100)
				.map((agreement) => ({peer: agreement.peer, ...names(agreement)})),
			probe,
		})
		if (begins) conversation.sendJson('begin', {round: 1, asked: true})
		const {body} = await within(conversation, conversation.expect('welcome')).catch((error: unknown) => {
			throw asSeenHere(error, words)
		})
		const roundTripMs = performance.now() - sentAt
		assertVersions(decode(Versions, body, 'welcome'), words)
		const welcome = decode(Welcome, body, 'welcome')
		if (welcome.features.includes(deflateFeature)) conversation.deflate(roundTripMs)
		// Another conversation made this side start over meanwhile.
		if (replica.device !== device) throw new FellBehind(device)
		if (welcome.device === device) throw sameDevice()
		if (welcome.sameFolder) throw sameFolder()
		const mine = replica.agreement(welcome.device)
		const ground = commonGround(mine, welcome.agreement, true)
		if (ground.kind === 'behind' && ground.side === 'mine') throw new FellBehind(device)
		return acquaintance(
			welcome,
			words.rules,
			ground,
			mine,
			welcome.agreement,
			welcome.clockMs - (sentAtMs + roundTripMs / 2),
			roundTripMs,
		)
	} finally {
		removeProbe(replica.root, probe)
	}
}

/** The follower greets before it refuses: the leader then says by itself, in its own words, which side is to be updated. */
function assertLeaderVersion(conversation: Conversation, leader: Versions, here: Versions): void {
	try {
		assertVersions(leader, here)
	} catch (error) {
		conversation.sendJson('welcome', {...here, agreement: null, sameFolder: false})
		throw error
	}
}

/**
 * The follower answers. A database that fell behind starts over before it answers, so that the leader meets a new device; `startOver`:
 * in turn with the rounds, unless the replica is another device by then.
 */
export async function welcome(
	conversation: Conversation,
	replica: Replica,
	self: Self,
	startOver: (device: DeviceId) => Promise<void> = () => replica.startOver(),
): Promise<Acquaintance> {
	const {body} = await within(conversation, conversation.expect('hello'))
	assertLeaderVersion(conversation, decode(Versions, body, 'hello'), greeting(replica, self))
	const hello = decode(Hello, body, 'hello')
	if (hello.device === replica.device) throw sameDevice()
	const theirs = (): PointNames | null => hello.agreements.find(({peer}) => peer === replica.device) ?? null
	const findGround = () => commonGround(replica.agreement(hello.device), theirs(), false)
	let ground = findGround()
	if (ground.kind === 'behind' && ground.side === 'mine') {
		await startOver(replica.device)
		ground = findGround()
	}
	const mine = replica.agreement(hello.device)
	const isSame = hasProbe(replica.root, hello.probe)
	const words = greeting(replica, self)
	conversation.sendJson('welcome', {
		...words,
		agreement: mine === undefined ? null : names(mine),
		sameFolder: isSame,
	})
	conversation.channel.allowFrames(wireLimits.frameBytes)
	if (hello.features.includes(deflateFeature)) conversation.deflate(0)
	if (isSame) throw sameFolder()
	return acquaintance(hello, words.rules, ground, mine, theirs(), 0, 0)
}

function acquaintance(
	peer: Hello | Welcome,
	toldRules: string,
	ground: CommonGround,
	mine: Agreement | undefined,
	theirs: PointNames | null,
	clockOffsetMs: number,
	roundTripMs: number,
): Acquaintance {
	const {device, name, software, rules, maxDeletePercent} = peer
	return {
		device,
		name,
		software,
		rules,
		toldRules,
		maxDeletePercent,
		takesReports: peer.features.includes(reportFeature),
		generation: Math.max(mine?.last.generation ?? 0, theirs?.last.generation ?? 0),
		clockOffsetMs,
		roundTripMs,
		ground,
		confirms: peer.features.includes(confirmFeature),
		takesPending: peer.features.includes(pendingFeature),
	}
}

/** The answer must come within 10 s of the handshake. */
async function within<T>(conversation: Conversation, answer: Promise<T>): Promise<T> {
	const timer = setTimeout(() => {
		conversation.fail(
			new FileSyncError(
				'PEER_UNREACHABLE',
				`the peer accepted the connection but did not answer within ${helloMs / 1000} s`,
				['check the log of filesync serve on the peer'],
			),
		)
	}, helloMs)
	try {
		return await answer
	} finally {
		clearTimeout(timer)
	}
}
