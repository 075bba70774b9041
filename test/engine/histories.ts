// How many random histories the engine plays and how they are told apart. FILESYNC_ENGINE_HISTORIES: how many;
// FILESYNC_SEED: play those again. The histories themselves are those of the core model.
import fc from 'fast-check'
import type {Event} from '../core/model/world.js'
import {World, type WorldOptions} from './support/world.js'

const given = process.env['FILESYNC_ENGINE_HISTORIES']
const wanted = Number(given ?? '60')
export const histories = Number.isSafeInteger(wanted) && wanted > 0 ? wanted : 60

/** How long all may take together, in ms: who asks for a number gets it, else a slow machine plays fewer. */
export const mostMs = given === undefined ? 9_000 : Number.POSITIVE_INFINITY

export const device2: readonly (readonly [number, number])[] = [[0, 1]]
export const ring3: readonly (readonly [number, number])[] = [
	[0, 1],
	[1, 2],
	[2, 0],
]

export const options: fc.Arbitrary<Omit<WorldOptions, 'names'>> = fc.record({
	// Windows knows no such names.
	odd: process.platform === 'win32' ? fc.constant(false) : fc.boolean(),
	hasLarge: fc.constantFrom(false, false, true),
	isNatural: fc.constantFrom(false, false, true),
	rounds: fc.constantFrom(1, 1, 2),
	isDirect: fc.boolean(),
	maxConcurrency: fc.constantFrom(1, 3),
	partPaths: fc.constantFrom(100_000, 1, 3),
})

export const plain: WorldOptions = {
	names: ['laptop', 'phone'],
	odd: false,
	hasLarge: false,
	isNatural: false,
	rounds: 1,
	isDirect: false,
	maxConcurrency: 1,
	partPaths: 100_000,
}

/** Plays a history on new devices, lets them settle in this order and looks at what came of it. */
export async function playThrough(
	worldOptions: WorldOptions,
	events: readonly Event[],
	order: readonly (readonly [number, number])[],
	mostCycles: number,
	more: (world: World) => void | Promise<void> = () => {},
): Promise<void> {
	const world = new World(worldOptions)
	try {
		await world.play(events)
		await world.settleDown(order, mostCycles)
		world.check()
		await more(world)
	} finally {
		await world.end()
	}
}
