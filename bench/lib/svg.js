// SVG as text: elements, and one look for all charts. Legible on light and dark pages: it has its own ground and follows the
// reader's colour scheme.

/** Light, then dark. */
const colours = {
	ground: ['#ffffff', '#15181d'],
	edge: ['#d9dde3', '#333a44'],
	ink: ['#1b2129', '#e8ebef'],
	soft: ['#5b6673', '#9aa5b2'],
	grid: ['#e7eaee', '#272d35'],
	good: ['#1f77b4', '#57a6e0'],
	bad: ['#d9622b', '#f08a55'],
	plain: ['#a7b3c2', '#5f6c7b'],
}

/** @typedef {keyof typeof colours} Colour */

/** @param {0 | 1} scheme */
const rules = (scheme) =>
	Object.entries(colours)
		.map(([name, pair]) => `.${name}{fill:${pair[scheme]}}.${name}-line{stroke:${pair[scheme]};fill:none}`)
		.join('')

/** @param {string} text */
const escaped = (text) =>
	text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [inside] SVG, already escaped */
function element(name, attributes, inside = '') {
	const written = Object.entries(attributes)
		.map(([key, value]) => ` ${key}="${typeof value === 'number' ? Math.round(value * 10) / 10 : escaped(value)}"`)
		.join('')
	return `<${name}${written}>${inside}</${name}>`
}

/** @typedef {{x: number, y: number, width: number, height: number}} Box */

/** @param {Box} box @param {Colour} colour @param {number} [radius] */
export const rect = (box, colour, radius = 0) => element('rect', {...box, class: colour, rx: radius})

/** @param {readonly [number, number]} from @param {readonly [number, number]} to @param {Colour} colour @param {number} [width] */
export const stroke = ([x1, y1], [x2, y2], colour, width = 1) =>
	element('line', {x1, y1, x2, y2, class: `${colour}-line`, 'stroke-width': width})

/** A line through points, with a dot on each. @param {readonly (readonly [number, number])[]} points @param {Colour} colour */
export const path = (points, colour) =>
	element('polyline', {
		points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '),
		class: `${colour}-line`,
		'stroke-width': 2,
	}) + points.map(([cx, cy]) => element('circle', {cx, cy, r: 4, class: colour})).join('')

/**
 * @param {readonly [number, number]} at of its baseline @param {string} words
 * @param {{colour?: Colour, size?: number, anchor?: 'start' | 'middle' | 'end', bold?: boolean}} [look]
 */
export const text = ([x, y], words, {colour = 'ink', size = 13, anchor = 'start', bold = false} = {}) =>
	element(
		'text',
		{x, y, class: colour, 'font-size': size, 'text-anchor': anchor, ...(bold ? {'font-weight': 600} : {})},
		escaped(words),
	)

/** The whole picture. `title` is for readers that do not see it. @param {{width: number, height: number, title: string}} options @param {readonly string[]} parts */
export function picture({width, height, title}, parts) {
	const style = `text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}${rules(0)}@media (prefers-color-scheme: dark){${rules(1)}}`
	const ground = element('rect', {x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 8, class: 'ground'})
	const edge = element('rect', {x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 8, class: 'edge-line'})
	const head = {xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img'}
	const inside = [element('title', {}, escaped(title)), `<style>${style}</style>`, ground, edge, ...parts]
	return `${element('svg', head, `\n${inside.join('\n')}\n`)}\n`
}
