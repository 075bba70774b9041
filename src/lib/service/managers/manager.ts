// Picks the service manager of this machine.

import {type Machine, termuxPrefix} from '../machine.js'
import type {Manager, ServiceName} from '../types.js'
import {launchd} from './launchd.js'
import {systemd} from './systemd.js'
import {termux} from './termux.js'

/** null: none that FileSync supports. */
export function managerFor(machine: Machine, service: ServiceName): Manager | null {
	const prefix = termuxPrefix(machine)
	if (prefix !== undefined) return termux(prefix, service)
	if (machine.platform === 'linux') return systemd(machine, service)
	return machine.platform === 'darwin' ? launchd(machine, service) : null
}
