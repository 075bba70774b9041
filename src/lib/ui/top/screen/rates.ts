// The lines about traffic: current rate each way, the last minute as a sparkline, totals since the start. Pure.
import type {NodeState} from '../../../node/status/node-state.js'
import {bytes} from '../../format.js'
import {cell, dim, type Line, span} from '../draw/line.js'
import {sparkCells, sparkline, sparkTop} from '../draw/sparkline.js'
import type {Model} from '../model/model.js'
import {hasLabels, labelledLine, type Ranked, valueWidth} from './grid.js'

/** `1023 KiB/s` */
const rateWidth = 10
/** `1023 MiB received` */
const totalWidth = 17

/** Lowest screen on which each direction has its own line. */
const tall = 16

interface Way {
	readonly label: string
	readonly mark: string
	readonly values: readonly number[]
	readonly total: string
}

const rateOf = ({values}: Way): string => `${bytes(values.at(-1) ?? 0)}/s`

/** A rate of zero is dim. */
const rateStyle = ({values}: Way): 'plain' | 'dim' => ((values.at(-1) ?? 0) > 0 ? 'plain' : 'dim')

/** Cells without traffic are dim. */
const drawn = (spark: string): Line =>
	(spark.match(/·+|[^·]+/g) ?? []).map((run) => span(run, run.startsWith('·') ? 'dim' : 'accent'))

function wideLine(model: Model, way: Way, top: number): Line {
	const room = valueWidth(model) - rateWidth - totalWidth - 5
	const spark = sparkline(way.values, Math.max(0, room), top)
	return labelledLine(model, way.label, [
		cell(rateOf(way), rateWidth, rateStyle(way), 'right'),
		span('  '),
		...drawn(spark),
		dim(`   ${way.total}`),
	])
}

/** Both directions in one line. */
function narrowLine(model: Model, ways: readonly Way[], top: number): Line {
	const half = (valueWidth(model) - 2) >> 1
	const cells = sparkCells(half - rateWidth - 3)
	const parts = ways.map(
		(way): Line => [
			dim(`${way.mark} `),
			cell(rateOf(way), rateWidth, rateStyle(way)),
			...(cells < 4 ? [] : [span(' '), ...drawn(sparkline(way.values, cells, top))]),
		],
	)
	return labelledLine(model, 'wire', [...(parts[0] ?? []), span('  '), ...(parts[1] ?? [])])
}

export function rateLines(model: Model, {rates, totals}: NodeState): readonly Ranked[] {
	const up: Way = {label: 'up', mark: '↑', values: rates.up, total: `${bytes(totals.sent_bytes)} sent`}
	const down: Way = {label: 'down', mark: '↓', values: rates.down, total: `${bytes(totals.received_bytes)} received`}
	const top = sparkTop(rates.up, rates.down)
	if (!hasLabels(model) || model.screen.rows < tall) return [{rank: 5, line: narrowLine(model, [up, down], top)}]
	return [up, down].map((way) => ({rank: 5, line: wideLine(model, way, top)}))
}
