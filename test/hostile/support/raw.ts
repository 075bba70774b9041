// A TLS connection without framing: for what is no frame at all.
import {once} from 'node:events'
import {connect, type TLSSocket} from 'node:tls'
import {identityOf} from './peer.js'

/** A connection that the other side takes for its peer; what it says goes out as it is. */
export async function rawCall(port: number): Promise<TLSSocket> {
	const {certPem, keyPem} = identityOf('alpha')
	const socket = connect({
		host: '127.0.0.1',
		port,
		cert: certPem,
		key: keyPem,
		minVersion: 'TLSv1.3',
		// The real program compares the pin; an attacker does not care who it attacks.
		rejectUnauthorized: false,
	})
	socket.on('error', () => {})
	await once(socket, 'secureConnect')
	socket.resume()
	return socket
}

export const frameOf = (type: number, body: Uint8Array, length = body.length + 1): Buffer => {
	const head = Buffer.alloc(5)
	head.writeUInt32BE(length >>> 0)
	head.writeUInt8(type, 4)
	return Buffer.concat([head, body])
}
