// What of this machine's network tells that it changed: the addresses it has.
import {networkInterfaces} from 'node:os'

/** A text that is another one when an address came or went. */
export function networkName(): string {
	try {
		return Object.entries(networkInterfaces())
			.flatMap(([name, addresses = []]) => addresses.map(({address}) => `${name} ${address}`))
			.sort()
			.join(', ')
	} catch {
		// Some phones do not let a program look.
		return ''
	}
}
