// Runs a tool of node_modules/.bin, or any program, on this terminal; exits with its code if it fails.
import {spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {join} from 'node:path'

/** @param {string} tool @param {string[]} args @param {{cwd: string, env?: NodeJS.ProcessEnv}} options */
export function run(tool, args, {cwd, env = process.env}) {
	const local = join(cwd, 'node_modules', '.bin', process.platform === 'win32' ? `${tool}.cmd` : tool)
	const program = existsSync(local) ? local : tool
	const {status, error, signal} = spawnSync(program, args, {
		cwd,
		env,
		stdio: 'inherit',
		shell: process.platform === 'win32',
	})
	if (error) throw error
	if (status !== 0) process.exit(status ?? (signal ? 1 : 0))
}
