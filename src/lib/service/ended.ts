// Explains how a program of the service manager ended. Pure.
import type {Ended} from './types.js'

export const isDone = (end: Ended): boolean => end.kind === 'ended' && end.code === 0

/** The output of a failed program in one line. */
export function messageOfEnd(end: Ended): string {
	if (end.kind === 'missing') return end.message
	const lines = `${end.stderr}\n${end.stdout}`.split('\n').map((line) => line.trim())
	const said = lines.find((line) => line !== '')
	return said ?? (end.code === null ? 'it did not end in time' : `it ended with code ${end.code}`)
}
