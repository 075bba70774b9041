// SHA-256 of whole buffers, in columns of 32 bytes a row. `crypto.hash` (Node 20.12) saves an object per small file, and a string of
// latin1 is half as dear as a Buffer.
import {hash} from 'node:crypto'
import {hashBytes} from '../../core/entries/batch.js'

const digest = (content: Uint8Array): string => hash('sha256', content, 'binary')

export function setDigest(hashes: Buffer, row: number, content: Uint8Array): void {
	hashes.write(digest(content), row * hashBytes, hashBytes, 'latin1')
}

/** Is it the content of this row? */
export const hasDigest = (hashes: Buffer, row: number, content: Uint8Array): boolean =>
	hashes.toString('latin1', row * hashBytes, (row + 1) * hashBytes) === digest(content)
