// Detects that this machine's network changed, by its addresses.
import {networkInterfaces} from 'node:os'

/** A text that changes when an address is added or removed. */
export function networkName(): string {
	try {
		return Object.entries(networkInterfaces())
			.flatMap(([name, addresses = []]) => addresses.map(({address}) => `${name} ${address}`))
			.sort()
			.join(', ')
	} catch {
		// Some phones do not let a program list the interfaces.
		return ''
	}
}
