// A temporary folder per test, removed afterwards.
import {mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'

export class Folder {
	readonly path = realpathSync.native(mkdtempSync(join(tmpdir(), 'filesync-test-')))

	/** Writes a file, with its folders, and returns its path. */
	write(name: string, content: string | Uint8Array): string {
		const file = join(this.path, name)
		mkdirSync(dirname(file), {recursive: true})
		writeFileSync(file, content)
		return file
	}

	at(...names: string[]): string {
		return join(this.path, ...names)
	}

	remove(): void {
		rmSync(this.path, {recursive: true, force: true})
	}
}
