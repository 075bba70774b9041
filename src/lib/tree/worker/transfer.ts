// How a worker method says that some of its buffers move to the main thread instead of being copied.
// Holds no state and knows nothing of threads.

/** A value with the ArrayBuffers inside it that change owner when it crosses to the other thread. */
export class Transferred<T> {
	constructor(
		readonly value: T,
		readonly buffers: readonly ArrayBuffer[],
	) {}
}

/** Marks `buffers`, which are part of `value`, to be moved. They are unusable in the worker afterwards. */
export const withTransfer = <T>(value: T, buffers: readonly ArrayBuffer[]): Transferred<T> =>
	new Transferred(value, buffers)

/** Sends something to the caller while the method still runs. */
export type Emit<E> = (event: E) => void
