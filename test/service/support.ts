// A machine of a test: a home folder of its own, and programs that note how they were called and answer as told.
import {chmodSync, existsSync, readFileSync} from 'node:fs'
import {delimiter} from 'node:path'
import type {Machine} from '../../src/lib/service/machine.js'
import {parseServiceName} from '../../src/lib/service/spec.js'
import type {ServiceSpec} from '../../src/lib/service/types.js'
import {Folder} from '../config/folder.js'

/** Part of a path with everything that systemd, XML or a shell could take for something else. */
export const odd = `a b "q" 'r' %h 100% $HOME \${X} $$ \\n\\ <&> ;#* é 日本`

export const spec = (change: Partial<ServiceSpec> = {}): ServiceSpec => ({
	service: parseServiceName(undefined),
	mode: 'watch',
	node: '/usr/bin/node',
	script: '/usr/local/bin/filesync',
	configFile: '/home/ann/.config/filesync/sync_config.json',
	env: {},
	...change,
})

/** What a program does when its arguments, joined by blanks, match a pattern of `case`. */
export interface Answer {
	readonly when: string
	readonly code?: number
	readonly out?: string
	readonly err?: string
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

export class Home {
	readonly folder = new Folder()

	/** Puts a program first in `path`. Without an answer that fits it ends with 0 and says nothing. */
	program(name: string, answers: readonly Answer[] = []): void {
		const cases = answers.map(
			({when, code = 0, out = '', err = ''}) =>
				`${when}) printf '%s' ${quoted(out)}; printf '%s' ${quoted(err)} >&2; exit ${code} ;;`,
		)
		const note = `printf '%s\\n' "${name} $*" >> ${quoted(this.folder.at('calls'))}`
		const file = this.folder.write(
			`programs/${name}`,
			['#!/bin/sh', note, 'case "$*" in', ...cases, 'esac', ''].join('\n'),
		)
		chmodSync(file, 0o755)
	}

	/** `PATH` with the programs of this home before those of the system. */
	get path(): string {
		return [this.folder.at('programs'), '/usr/bin', '/bin'].join(delimiter)
	}

	/** How the programs were called since the last time this was asked. */
	get calls(): string[] {
		const file = this.folder.at('calls')
		if (!existsSync(file)) return []
		const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
		this.folder.write('calls', '')
		return lines
	}

	machine(change: Partial<Machine> = {}): Machine {
		const home = this.folder.path
		return {
			platform: 'linux',
			env: {PATH: this.path, HOME: home},
			home,
			accountHome: home,
			uid: 501,
			user: 'ann',
			node: process.execPath,
			script: '/usr/local/bin/filesync',
			lingers: false,
			runtimeDir: undefined,
			pauseMs: 1,
			settleMs: 1,
			...change,
		}
	}
}
