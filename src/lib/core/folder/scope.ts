// What a side's ignore rules let in, and how that changed. While a path is out of scope nothing is known of it: its record is dropped,
// and a path that comes into scope has no past in common with any peer. Pure.
import {type DeviceId, deviceAlias} from '../entries/versions.js'

/** The rules of a database's last scan of the whole folder. */
export interface Scope {
	/** Hash of the rules. */
	readonly rules: string
	/** How often they changed, so that rules that are taken back are not mistaken for rules that stayed. */
	readonly count: number
	/** false: the scan that first used these rules did not end, so what came into scope may not be recorded yet. */
	readonly settled: boolean
}

/** What peers are told of a scope: equal as long as nothing went out of it or came in. At most 64 characters. */
export const scopeName = (scope: Scope | null): string => (scope === null ? '' : `${scope.rules}.${scope.count}`)

export interface NextScope {
	readonly scope: Scope
	/** Paths without a record may have been out of scope until now. */
	readonly isNew: boolean
}

/** The scope of a scan by these rules. `hasPast`: the index ever held a record. */
export function nextScope(known: Scope | null, rules: string, hasPast: boolean): NextScope {
	if (known?.settled === true && known.rules === rules) return {scope: known, isNew: false}
	return {scope: {rules, count: (known?.count ?? 0) + 1, settled: false}, isNew: known !== null || hasPast}
}

/**
 * The device id for versions of paths that the first scan of a new scope finds without a record. Not the device's own id: its counter
 * is higher than in any version it gave to the path before, so the path would look edited.
 */
export const newcomerDevice = (device: DeviceId, {count}: Scope): DeviceId => deviceAlias(device, count)
