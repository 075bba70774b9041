// Random edits of a folder, as a user and his programs make them: repeated by their seed. Never touches FileSync's own folder.
import {
	appendFileSync,
	chmodSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	renameSync,
	rmSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs'
import {join} from 'node:path'

/** Numbers from 0 up to 1 that look random and come again with the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
	let state = seed | 0
	return () => {
		state = (state + 0x6d2b79f5) | 0
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
	}
}

/** Entries of a folder above which edits rather take away than add. */
const crowded = 150

export class Editor {
	readonly #root: string
	readonly #outside: string
	readonly #random: () => number
	#made = 0
	/** What was done, newest last: for the message of a failed test. */
	readonly done: string[] = []

	/** `outside`: an empty folder on the same disk, from where folders are moved in. */
	constructor(root: string, outside: string, random: () => number) {
		this.#root = root
		this.#outside = outside
		this.#random = random
		mkdirSync(outside, {recursive: true})
	}

	/** One edit; one that cannot be made (something else stands there) is none. */
	edit(): void {
		const {files, folders} = this.#entries()
		const file = this.#oneOf(files)
		const folder = this.#oneOf(folders.slice(1))
		const into = this.#oneOf(folders) ?? ''
		const acts: Record<string, () => void> = {
			'new file': () => this.#write(this.#name(into), 'w'),
			'new folder': () => this.#plant(join(this.#root, this.#name(into)), 3),
			'folder moved in': () => {
				const made = join(this.#outside, `m${this.#made++}`)
				this.#plant(made, 4)
				renameSync(made, join(this.#root, this.#name(into)))
			},
			link: () => symlinkSync('no-such-folder/at-all', join(this.#root, this.#name(into))),
			...(file === undefined
				? {}
				: {
						rewrite: () => this.#write(file, 'w'),
						'same size': () =>
							writeFileSync(join(this.#root, file), 'x'.repeat(lstatSync(join(this.#root, file)).size)),
						append: () => appendFileSync(join(this.#root, file), `more ${this.#made++}`),
						'atomic save': () => {
							this.#write(`${file}.swp`, 'w')
							renameSync(join(this.#root, `${file}.swp`), join(this.#root, file))
						},
						'delete file': () => rmSync(join(this.#root, file)),
						'rename file': () => this.#move(file, into),
						'file mode': () => chmodSync(join(this.#root, file), this.#oneOf([0o600, 0o640, 0o644, 0o755]) ?? 0o644),
						'file date': () =>
							utimesSync(join(this.#root, file), 1_600_000_000 + this.#made++, 1_600_000_000 + this.#made),
					}),
			...(folder === undefined
				? {}
				: {
						'delete folder': () => rmSync(join(this.#root, folder), {recursive: true}),
						'rename folder': () => this.#move(folder, into),
						'folder made anew': () => {
							rmSync(join(this.#root, folder), {recursive: true})
							this.#plant(join(this.#root, folder), 2)
						},
						'folder mode': () => chmodSync(join(this.#root, folder), this.#oneOf([0o700, 0o750, 0o755]) ?? 0o755),
					}),
		}
		const names = Object.keys(acts)
		const isCrowded = files.length + folders.length > crowded
		const name = isCrowded ? (this.#oneOf(['delete file', 'delete folder']) ?? '') : (this.#oneOf(names) ?? '')
		try {
			acts[name]?.()
			this.done.push(`${name} ${file ?? '-'} ${folder ?? '-'} into ${into}`)
		} catch {
			// The other side's change took its place meanwhile.
		}
		this.done.splice(0, this.done.length - 200)
	}

	/** Makes a folder with so many in it, each with a file and a folder of its own. Gives its path. */
	plantMany(count: number): string {
		// A name that no edit of the other side takes.
		const top = `many${this.#made++}`
		for (let i = 0; i < count; i++) {
			mkdirSync(join(this.#root, top, `${i}`, 'd'), {recursive: true})
			writeFileSync(join(this.#root, top, `${i}`, 'd', 'x'), 'x')
			writeFileSync(join(this.#root, top, `${i}`, 'k'), 'k')
		}
		this.done.push(`${count} folders in ${top}`)
		return top
	}

	/** Renames, removes or adds something in every second of these folders. */
	editMany(top: string, count: number): void {
		for (let i = 0; i < count; i++) {
			const folder = join(this.#root, top, `${i}`)
			const act = Math.floor(this.#random() * 6)
			try {
				if (act === 0) renameSync(join(folder, 'd'), join(folder, 'd2'))
				else if (act === 1) rmSync(join(folder, 'k'))
				else if (act === 2) writeFileSync(join(folder, 'new'), `${this.#made++}`)
			} catch {
				// It is being made just now.
			}
		}
		this.done.push(`in every second folder of ${top}`)
	}

	remove(path: string): void {
		rmSync(join(this.#root, path), {recursive: true, force: true})
		this.done.push(`${path} removed`)
	}

	#oneOf<T>(list: readonly T[]): T | undefined {
		return list[Math.floor(this.#random() * list.length)]
	}

	#name(folder: string): string {
		const name = `n${this.#made++}`
		return folder === '' ? name : `${folder}/${name}`
	}

	#move(from: string, into: string): void {
		// Now and then back to a name that something else had a moment ago.
		const to = this.#random() < 0.3 ? (this.#oneOf(this.#entries().files) ?? this.#name(into)) : this.#name(into)
		renameSync(join(this.#root, from), join(this.#root, to))
	}

	#write(path: string, flag: string): void {
		writeFileSync(join(this.#root, path), `${path} ${this.#made++} ${'y'.repeat(this.#random() * 50)}`, {flag})
	}

	#plant(at: string, most: number): void {
		mkdirSync(join(at, 'in', 'deep'), {recursive: true})
		for (let i = 0; i < 1 + this.#random() * most; i++) {
			writeFileSync(join(at, `f${i}`), `${this.#made++}`)
			writeFileSync(join(at, 'in', `g${i}`), `${this.#made++}`)
			writeFileSync(join(at, 'in', 'deep', `h${i}`), `${this.#made++}`)
		}
	}

	/** Relative paths; the first folder is the root, ''. */
	#entries(): {readonly files: string[]; readonly folders: string[]} {
		const files: string[] = []
		const folders = ['']
		for (const folder of folders) {
			try {
				for (const entry of readdirSync(join(this.#root, folder), {withFileTypes: true})) {
					const path = folder === '' ? entry.name : `${folder}/${entry.name}`
					if (path === '.filesync') continue
					if (entry.isDirectory()) folders.push(path)
					else if (entry.isFile()) files.push(path)
				}
			} catch {
				// Gone since its parent was listed.
			}
		}
		return {files, folders}
	}
}
