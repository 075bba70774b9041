// Numbers of one workload made into one number. Medians, because a machine has other things to do now and then.

/** NaN of none. @param {readonly number[]} values */
export function median(values) {
	const sorted = [...values].sort((a, b) => a - b)
	const middle = sorted.length >> 1
	if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN
	return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
