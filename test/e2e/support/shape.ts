// The shape of a JSON value: keys and types without the values, for snapshots.

/** `"string"`, `"number"`, `"boolean"`, `"null"`, an object of shapes, or `[shape of the elements]` (`[]`: none seen). */
export type Shape = string | readonly Shape[] | {readonly [key: string]: Shape}

/** Elements of different shapes stand side by side, each once. */
export function shapeOf(value: unknown): Shape {
	if (value === null) return 'null'
	if (Array.isArray(value)) {
		const shapes = new Map<string, Shape>()
		for (const element of value) {
			const shape = shapeOf(element)
			shapes.set(JSON.stringify(shape), shape)
		}
		return [...shapes.keys()].sort().flatMap((key) => shapes.get(key) ?? [])
	}
	if (typeof value !== 'object') return typeof value
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]))
}
