// rsync and Unison as contenders, both through an sshd of our own. Timed is the whole command, with the connection.
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {TreePeaks} from './memory.js'
import {firstLine, timed} from './programs.js'
import {startSshd} from './sshd.js'

const ssh = ['sshd', 'ssh', 'ssh-keygen']

/**
 * One command, with the memory of what it starts here and of what sshd starts there.
 * @param {string} program @param {string[]} args @param {number} sshdPid @param {NodeJS.ProcessEnv} [env]
 */
async function timedBoth(program, args, sshdPid, env = process.env) {
	const peaks = new TreePeaks()
	peaks.watch('there', sshdPid, {below: true})
	try {
		const {ms, stdout} = await timed(program, args, {env, onStart: (pid) => peaks.watch('here', pid)})
		return {ms, stdout, peaksKb: peaks.end()}
	} catch (error) {
		peaks.end()
		throw error
	}
}

/** rsync's own count of what it said and heard, before ssh. @param {string} stdout */
function wireBytesOf(stdout) {
	const [, sent, received] = /sent (\d+) bytes\s+received (\d+) bytes/.exec(stdout) ?? []
	return sent === undefined ? {} : {wireBytes: Number(sent) + Number(received)}
}

/** @type {import('./contenders.js').Contender} */
export const rsync = {
	name: 'rsync',
	title: 'rsync',
	needs: ['rsync', ...ssh],
	packages: ['rsync', 'openssh-server'],
	version: () => firstLine('rsync', ['--version']),
	async open({home, source, target, workload, lines}) {
		const {args, pid, stop} = await startSshd(join(home, 'ssh'), {}, lines)
		const flags = ['-a', '--info=stats1', '--no-human-readable', ...(workload.deletes === true ? ['--delete'] : [])]
		const ends =
			workload.pull === true ? [`127.0.0.1:${source}/`, `${target}/`] : [`${source}/`, `127.0.0.1:${target}/`]
		const command = [...flags, '-e', ['ssh', ...args].join(' '), ...ends]
		return {
			async sync() {
				const {ms, stdout, peaksKb} = await timedBoth('rsync', command, pid)
				return {ms, peaksKb, ...wireBytesOf(stdout)}
			},
			close: stop,
		}
	},
}

/** @type {import('./contenders.js').Contender} */
export const unison = {
	name: 'unison',
	title: 'Unison',
	needs: ['unison', ...ssh],
	packages: ['unison', 'openssh-server'],
	version: () => firstLine('unison', ['-version']),
	async open({home, source, target, workload, lines}) {
		for (const side of ['here', 'there']) mkdirSync(join(home, side), {recursive: true})
		const {args, pid, stop} = await startSshd(join(home, 'ssh'), {UNISON: join(home, 'there')}, lines)
		const flags = ['-batch', '-confirmbigdel=false', '-times', '-silent', '-sshargs', args.join(' ')]
		const [near, far] = workload.pull === true ? [target, source] : [source, target]
		const command = [...flags, near, `ssh://127.0.0.1/${far}`]
		const env = {...process.env, UNISON: join(home, 'here')}
		return {
			async sync() {
				const {ms, peaksKb} = await timedBoth('unison', command, pid, env)
				return {ms, peaksKb}
			},
			close: stop,
		}
	},
}
