// Puts measured results where readers find them: charts in docs/charts/, tables between two markers in the README. Touches
// nothing else, and takes full-size runs only.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {growthChart} from './growth-chart.js'
import {machineText} from './report.js'
import {speedChart} from './speed-chart.js'
import {asMarkdown, growthTable, notes, timesTable} from './tables.js'
import {roundsOf} from './workloads.js'

const charts = 'docs/charts'
/** A median of fewer says little. */
const fewestRounds = 3

/** The text between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->` becomes another. @param {string} readme @param {string} name @param {string} block */
function replaced(readme, name, block) {
	const [before, rest] = readme.split(`<!-- bench:${name} -->`)
	const after = rest?.split(`<!-- /bench:${name} -->`)[1]
	if (before === undefined || after === undefined) throw new Error(`README.md has no place for bench:${name}`)
	return `${before}<!-- bench:${name} -->\n\n${block}\n\n<!-- /bench:${name} -->${after}`
}

/** @param {import('./report.js').Result} result */
const aboutOf = ({date, machine}) => `${date.slice(0, 10)}, ${machineText(machine)}.`

/** @param {import('./views.js').View} view @returns {{block: string, chart: string}} */
function speedPart({result, rows, names, targets}) {
	const about = aboutOf(result)
	const versions = Object.values(result.versions).join('; ')
	const block = [
		`![FileSync's time by that of the best other program](${charts}/speed.svg)`,
		`${about} Medians of ${result.times} rounds, of ${roundsOf({swings: true}, result.times)} where one takes a second or two, or a GiB; "once": too slow to matter, timed once. ${versions}.`,
		asMarkdown(timesTable(rows, names)),
		...notes(rows),
	]
	return {block: block.join('\n\n'), chart: speedChart(rows, targets, about)}
}

/** @param {import('./views.js').View} view @returns {{block: string, chart: string}} */
function growthPart({result, growth, growthVerdicts}) {
	const about = aboutOf(result)
	const verdicts = growthVerdicts.map(
		({goal, found, met}) => `- ${goal}: ${found}, ${met === true ? 'met' : 'not met'}`,
	)
	const block = [
		`![Time and memory over the number of files](${charts}/growth.svg)`,
		about,
		asMarkdown(growthTable(growth)),
		verdicts.join('\n'),
	]
	return {block: block.join('\n\n'), chart: growthChart(growth, about)}
}

/** Returns the files it wrote. @param {string} root the project @param {import('./views.js').View} view @returns {string[]} */
export function publish(root, view) {
	const {scale, times} = view.result
	if (scale !== 1 || times < fewestRounds)
		throw new Error(`published is what ran at full size, ${fewestRounds} rounds or more`)
	if (view.rows.length > 0 && view.absent.length > 0)
		throw new Error(`published are all workloads together; missing: ${view.absent.join(', ')}`)
	const parts = {
		...(view.rows.length > 0 ? {speed: speedPart(view)} : {}),
		...(view.growth.length > 0 ? {growth: growthPart(view)} : {}),
	}
	mkdirSync(join(root, charts), {recursive: true})
	const readmeFile = join(root, 'README.md')
	let readme = readFileSync(readmeFile, 'utf8')
	for (const [name, {block, chart}] of Object.entries(parts)) {
		readme = replaced(readme, name, block)
		writeFileSync(join(root, charts, `${name}.svg`), chart)
	}
	writeFileSync(readmeFile, readme)
	return ['README.md', ...Object.keys(parts).map((name) => `${charts}/${name}.svg`)]
}
