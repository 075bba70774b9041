// How old what lies in the trash is: in days on which FileSync ran, because one reading of a clock may be years off. Pure.

/** A longer gap between two days is a clock that jumped, or a device that was off: it counts as one day. */
const longestGapDays = 7

export interface TrashAge {
	/** The last day on which it was looked at, in days since 1970. */
	readonly day: number
	/** Days counted until then. */
	readonly days: number
	/** For each run in the trash what `days` was when it was first seen. */
	readonly runs: ReadonlyMap<string, number>
}

/** The trash holds `runs` on the day `today`. `due`: those that lay there for more than `keepDays` days. */
export function agedTrash(
	known: TrashAge | null,
	today: number,
	runs: readonly string[],
	keepDays: number,
): {readonly age: TrashAge; readonly due: readonly string[]} {
	const {day, days} = next(known ?? {day: today, days: 0}, today)
	const seen = new Map(runs.map((run) => [run, known?.runs.get(run) ?? days]))
	const due = runs.filter((run) => days - (seen.get(run) ?? days) > keepDays)
	return {age: {day, days, runs: seen}, due}
}

/** A clock that goes back a little does not count the same day twice. */
function next({day, days}: Pick<TrashAge, 'day' | 'days'>, today: number): Pick<TrashAge, 'day' | 'days'> {
	const gap = today - day
	if (gap < -longestGapDays) return {day: today, days}
	if (gap <= 0) return {day, days}
	return {day: today, days: days + (gap <= longestGapDays ? gap : 1)}
}
