// What a decoder throws: the peer sent something that the protocol does not allow. Ends the connection, never the process.
import {FileSyncError} from '../errors/index.js'

/** `what` reads on after "the peer sent". */
export const protocolFault = (what: string): FileSyncError =>
	new FileSyncError('PROTOCOL', `the peer sent ${what}`, [
		'check that both devices run the same version: filesync --version',
		'if they do, please report this message',
	])
