// The fault shim (test/faults/shim/faults.c), compiled for this machine, and one armed copy of it per program.
import {spawnSync} from 'node:child_process'
import {closeSync, openSync, readFileSync, readSync, realpathSync, writeFileSync, writeSync} from 'node:fs'
import {constants as osConstants} from 'node:os'
import {join} from 'node:path'
import {packageRoot} from '../../e2e/support/program.js'
import {tempFolder} from '../../e2e/support/temp.js'

export const errnos = ['EIO', 'ENOSPC', 'EACCES', 'EMFILE', 'EROFS'] as const

/** What to do at a call: kill the program, or fail the call once. */
export type Action = 'kill' | (typeof errnos)[number]

/** Offsets of the 32-bit fields of `struct control`, in bytes. */
const field = {counting: 0, count: 4, at: 8, error: 12, pid: 16} as const
const controlSize = 20

/** Counts the changes below a folder that the program makes which runs with `env`. */
export class Shim {
	readonly #library: string
	/** The real path below which calls count. */
	readonly #folder: string
	readonly #control: string
	readonly #log: string

	constructor(library: string, folder: string, name: string) {
		this.#library = library
		this.#folder = realpathSync(folder)
		const own = tempFolder(`faults-${name}`)
		this.#control = join(own, 'control')
		this.#log = join(own, 'log')
		writeFileSync(this.#control, Buffer.alloc(controlSize))
		writeFileSync(this.#log, '')
	}

	/** What the program must find in its environment. */
	get env(): Readonly<Record<string, string>> {
		return {
			LD_PRELOAD: this.#library,
			FAULTS_CONTROL: this.#control,
			FAULTS_BELOW: this.#folder,
			FAULTS_LOG: this.#log,
		}
	}

	/** Counts from here on; acts at call `at`, from 1. 0: only counts. */
	arm(at = 0, action: Action = 'kill'): void {
		writeFileSync(this.#log, '')
		this.#set('error', action === 'kill' ? 0 : osConstants.errno[action])
		this.#set('at', at)
		this.#set('count', 0)
		this.#set('counting', 1)
	}

	/** Counts no more, and forgets the program: the next one with `env` is the one to kill. */
	disarm(): void {
		this.#set('counting', 0)
		this.#set('pid', 0)
	}

	get count(): number {
		const bytes = Buffer.alloc(4)
		const file = openSync(this.#control, 'r')
		readSync(file, bytes, 0, 4, field.count)
		closeSync(file)
		return new Uint32Array(new Uint8Array(bytes).buffer)[0] ?? 0
	}

	/** The counted calls, `rename /alpha/x`, by number. */
	get log(): ReadonlyMap<number, string> {
		const lines = readFileSync(this.#log, 'utf8').split('\n').filter(Boolean)
		return new Map(lines.map((line) => [Number.parseInt(line, 10), line.slice(line.indexOf(' ') + 1)]))
	}

	#set(name: keyof typeof field, value: number): void {
		const file = openSync(this.#control, 'r+')
		writeSync(file, new Uint8Array(new Uint32Array([value]).buffer), 0, 4, field[name])
		closeSync(file)
	}
}

/** The compiled shim, or why there is none. */
const built: {readonly library: string} | {readonly missing: string} = (() => {
	if (process.platform !== 'linux') return {missing: 'the fault shim is for Linux'}
	if (spawnSync('cc', ['--version']).status !== 0) return {missing: 'no C compiler (cc)'}
	const library = join(tempFolder('shim'), 'faults.so')
	const source = join(packageRoot, 'test', 'faults', 'shim', 'faults.c')
	const {status, stderr} = spawnSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl'], {
		encoding: 'utf8',
	})
	if (status !== 0) return {missing: `the fault shim does not compile: ${stderr.slice(0, 300)}`}
	const folder = tempFolder('shim-probe')
	const shim = new Shim(library, folder, 'probe')
	shim.arm()
	const script = 'require("node:fs").mkdirSync(process.argv[1])'
	spawnSync(process.execPath, ['-e', script, join(folder, 'made')], {env: {...process.env, ...shim.env}})
	return shim.count === 1 ? {library} : {missing: 'this Node does not call the C library as the fault shim expects'}
})()

/** Why no call can be counted here; undefined when they can. */
export const noShim: string | undefined = 'missing' in built ? built.missing : undefined

/** A shim for one program whose folders lie below `folder`. */
export function shimBelow(folder: string, name: string): Shim {
	if ('missing' in built) throw new Error(built.missing)
	return new Shim(built.library, folder, name)
}
