// Only what changed is written, and what is on the screen is always the last frame.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import {Renderer} from '../../../src/lib/ui/top/terminal/renderer.js'
import {Paper} from './support.js'

describe('ui top: renderer', () => {
	it('writes the first frame whole, then what differs, then nothing', () => {
		const paper = new Paper(3)
		const renderer = new Renderer(paper.write)
		renderer.draw(['a', 'b', 'c'])
		renderer.draw(['a', 'B', 'c'])
		renderer.draw(['a', 'B', 'c'])
		assert.deepEqual(paper.lines, ['a', 'B', 'c'])
		assert.deepEqual(paper.writes.slice(1), ['\x1b[?2026h\x1b[2;1H\x1b[2KB\x1b[?2026l'])
	})

	it('a cleared screen is written whole again', () => {
		const paper = new Paper(2)
		const renderer = new Renderer(paper.write)
		renderer.draw(['a', 'b'])
		renderer.clear()
		assert.deepEqual(paper.lines, ['', ''])
		renderer.draw(['a', 'b'])
		assert.deepEqual(paper.lines, ['a', 'b'])
	})

	it('any frames, of any height', () => {
		const frame = fc.array(fc.constantFrom('', 'x', 'yy', '\x1b[2mdim\x1b[0m'), {maxLength: 6})
		fc.assert(
			fc.property(fc.array(frame, {maxLength: 8}), (frames) => {
				const paper = new Paper(6)
				const renderer = new Renderer(paper.write)
				for (const lines of frames) {
					renderer.draw(lines)
					assert.deepEqual(paper.lines, [...lines, ...Array.from({length: 6 - lines.length}, () => '')])
				}
			}),
		)
	})
})
