// The list of a sync's phases on a terminal: every width, both looks, and what is erased when the width changes.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import {secondsLeft, truncateMiddle, width} from '../../src/lib/ui/format.js'
import {LiveLines} from '../../src/lib/ui/progress/live-lines.js'
import {type Detail, lastFrame, liveFrame, type PhaseView} from '../../src/lib/ui/progress/task-frame.js'
import {transferLine} from '../../src/lib/ui/progress/transfer-bar.js'

const plain = {unicode: true, colour: false}
const phases: readonly PhaseView[] = [
	{state: 'done', title: 'Connect: phone (127.0.0.1:5931)'},
	{state: 'done', title: 'Scan: 5,006 files (2.1 GiB) here, 5,005 files (102 MiB) on the peer'},
	{state: 'done', title: 'Compare'},
	{state: 'running', title: 'Transfer'},
	{state: 'waiting', title: 'Commit'},
]
const transfer = {files: 5003, bytes: 100 * 2 ** 20, filesDone: 4203, bytesDone: 83 * 2 ** 20, elapsedMs: 4400}
const detail: Detail = {kind: 'transfer', transfer, file: 'photos/2026/ein Tag am Meer/größere Datei.jpg'}

describe('ui: progress in a terminal', () => {
	it('at 80 columns: bar, share, files, bytes, rate, whole seconds, the file under way', () => {
		assert.deepEqual(liveFrame(phases, detail, plain, {columns: 80, tick: 0}), [
			'✔ Connect: phone (127.0.0.1:5931)',
			'✔ Scan: 5,006 files (2.1 GiB) here, 5,005 files (102 MiB) on the peer',
			'✔ Compare',
			'⠋ Transfer',
			'  ━━━━━━━━━━━━━━━━━━━╸────  83 %  4,203/5,003  83/100 MiB  19 MiB/s  1 s left',
			'  photos/2026/ein Tag am Meer/größere Datei.jpg',
			'· Commit',
		])
	})

	it('at 40 columns: what matters most, cut names', () => {
		assert.deepEqual(liveFrame(phases, detail, plain, {columns: 40, tick: 0}).slice(1), [
			'✔ Scan: 5,006 files (2.1 GiB) here, 5,…',
			'✔ Compare',
			'⠋ Transfer',
			'  ━━━━━━━──  83 %  83/100 MiB  1 s left',
			'  photos/2026/ein Ta…/größere Datei.jpg',
			'· Commit',
		])
	})

	it('no line of a live frame is as wide as the terminal, whatever stands in it', () => {
		const amount = fc.integer({min: 0, max: 2 ** 50})
		const shape = fc.record({
			columns: fc.integer({min: 4, max: 200}),
			files: fc.integer({min: 0, max: 10 ** 7}),
			bytes: amount,
			share: fc.double({min: 0, max: 1, noNaN: true}),
			elapsedMs: fc.integer({min: 0, max: 10 ** 9}),
			file: fc.option(fc.string({unit: 'grapheme', maxLength: 150}), {nil: undefined}),
			title: fc.string({unit: 'grapheme', maxLength: 150}),
			unicode: fc.boolean(),
		})
		fc.assert(
			fc.property(shape, ({columns, files, bytes, share, elapsedMs, file, title, unicode}) => {
				const state = {
					files,
					bytes,
					filesDone: Math.floor(files * share),
					bytesDone: Math.floor(bytes * share),
					elapsedMs,
				}
				const frame = liveFrame(
					[{state: 'running', title}],
					{kind: 'transfer', transfer: state, file},
					{unicode, colour: false},
					{columns, tick: 3},
				)
				for (const line of frame) {
					assert.ok(width(line) < columns || columns < 8, `${columns}: ${line}`)
					if (!unicode) assert.match(line, /^[\x20-\x7e]*$/)
				}
			}),
		)
	})

	it('ASCII alone where the locale has no other characters', () => {
		const capabilities = {unicode: false, colour: false}
		for (const line of [
			...liveFrame(phases, detail, capabilities, {columns: 80, tick: 2}),
			...lastFrame(phases, capabilities, 80),
		])
			assert.match(line, /^[\x20-\x7e]*$/)
	})

	it('what stays has whole titles, and no phase that never began', () => {
		const failed: PhaseView[] = [...phases.slice(0, 2), {state: 'failed', title: 'Compare'}, ...phases.slice(4)]
		assert.deepEqual(lastFrame(failed, plain, 40), [
			'✔ Connect: phone (127.0.0.1:5931)',
			'✔ Scan: 5,006 files (2.1 GiB) here,',
			'  5,005 files (102 MiB) on the peer',
			'✖ Compare',
		])
		assert.deepEqual(lastFrame([{state: 'skipped', title: 'Transfer: not needed'}], plain, 80), [
			'– Transfer: not needed',
		])
	})

	it('seconds are whole, and never none', () => {
		for (const [ms, text] of [
			[0, '1 s'],
			[902, '1 s'],
			[1100, '2 s'],
			[59_000, '59 s'],
			[61_000, '1 min 1 s'],
		] as const)
			assert.equal(secondsLeft(ms), text)
	})

	it('paths are cut in the middle', () => {
		assert.equal(truncateMiddle('abcdefghij', 10), 'abcdefghij')
		assert.equal(truncateMiddle('abcdefghij', 5), 'ab…ij')
		assert.equal(width(truncateMiddle('長い名前のファイル.txt', 12)) <= 12, true)
		assert.equal(truncateMiddle('abc', 0), '')
	})

	it('a bar is full only when all is moved', () => {
		const at = (share: number) => transferLine({...transfer, bytesDone: transfer.bytes * share}, 80)
		assert.match(at(0.999), /^━{23}╸ +99 %/)
		assert.match(at(1), /^━{24} 100 %/)
		assert.equal(transferLine(transfer, 3), '83 %')
	})

	describe('lines drawn in place', () => {
		const drawn = (columns: number, rows = 24) => {
			const terminal = {columns, rows, said: '', write: (text: string) => (terminal.said = text)}
			return {terminal, live: new LiveLines(terminal)}
		}
		const ups = (said: string): number => Number(/\[(\d+)A/.exec(said)?.[1] ?? 0)

		it('go up by the lines that were drawn', () => {
			const {terminal, live} = drawn(80)
			live.draw(['a', 'b'])
			assert.equal(ups(terminal.said), 0)
			live.draw(['c'])
			assert.equal(ups(terminal.said), 2)
			live.finish(['d'])
			assert.equal(ups(terminal.said), 1)
		})

		it('count the rows into which a narrower terminal has broken them', () => {
			const {terminal, live} = drawn(80)
			live.draw(['a'.repeat(79), '\x1b[32mb\x1b[0m', ''])
			terminal.columns = 30
			live.draw(['c'])
			assert.equal(ups(terminal.said), 3 + 1 + 1)
		})

		it('are no more than the terminal has rows', () => {
			const {terminal, live} = drawn(80, 3)
			live.draw(['a', 'b', 'c', 'd'])
			assert.equal(terminal.said.replaceAll('\x1b[K', ''), '\rc\nd\n\x1b[J')
		})

		it('begin anew below what others have written', () => {
			const {terminal, live} = drawn(80)
			live.draw(['a', 'b'])
			live.restart()
			live.draw(['c'])
			assert.equal(ups(terminal.said), 0)
		})
	})
})
