// A throw-away sshd for the programs that travel over ssh: own keys, own config, loopback only, gone afterwards.
import {spawnSync} from 'node:child_process'
import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {connect} from 'node:net'
import {userInfo} from 'node:os'
import {join} from 'node:path'
import {find, freePort, startProgram, until} from './programs.js'

/** @param {string} file */
function makeKey(file) {
	const {status, stderr} = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file], {encoding: 'utf8'})
	if (status !== 0) throw new Error(`ssh-keygen failed: ${stderr}`)
}

/** @param {number} port @returns {Promise<boolean>} */
const answers = (port) =>
	new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1')
		socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
		socket.once('close', () => socket.destroy())
		setTimeout(() => socket.destroy(), 500).unref()
	})

/**
 * Starts sshd with its files in `dir`. `env`: variables that programs started through it get; `lines`: what ssh goes over.
 * @param {string} dir @param {Record<string, string>} env @param {import('./line.js').Lines} lines
 */
export async function startSshd(dir, env, lines) {
	mkdirSync(dir, {recursive: true, mode: 0o700})
	const hostKey = join(dir, 'host')
	const userKey = join(dir, 'user')
	makeKey(hostKey)
	makeKey(userKey)
	const port = await freePort()
	writeFileSync(join(dir, 'authorized'), readFileSync(`${userKey}.pub`), {mode: 0o600})
	const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
	const config = [
		`Port ${port}`,
		'ListenAddress 127.0.0.1',
		`HostKey ${hostKey}`,
		`AuthorizedKeysFile ${join(dir, 'authorized')}`,
		`AllowUsers ${userInfo().username}`,
		'PidFile none',
		'UsePAM no',
		'StrictModes no',
		'PasswordAuthentication no',
		'KbdInteractiveAuthentication no',
		'PermitRootLogin prohibit-password',
		...(variables.length > 0 ? [`SetEnv ${variables.join(' ')}`] : []),
	]
	writeFileSync(join(dir, 'config'), `${config.join('\n')}\n`)
	// sshd of root keeps its helper process in this folder; a container often lacks it.
	const made = process.getuid?.() === 0 ? mkdirSync('/run/sshd', {recursive: true, mode: 0o755}) : undefined
	const daemon = startProgram(find('sshd') ?? 'sshd', ['-D', '-f', join(dir, 'config')])
	await until(() => answers(port), 'sshd listens')
	const dialPort = await lines.to(port)
	const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes', 'LogLevel=ERROR']
	const args = [
		'-F',
		'/dev/null',
		'-p',
		String(dialPort),
		'-i',
		userKey,
		...options.flatMap((option) => ['-o', option]),
	]
	return {
		args,
		/** Of the listener; programs started through ssh are below it. */
		pid: daemon.child.pid ?? 0,
		stop: async () => {
			await daemon.stop()
			if (made !== undefined) rmSync(made, {recursive: true, force: true})
		},
	}
}
