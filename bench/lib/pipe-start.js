// A process of its own: the sending end of a bare TLS 1.3 pipe. Started by pipe.js with port and bytes as JSON; sends the
// same buffer again and again, waits until the other end has it all, and tells how long that took.
import {connect} from 'node:tls'
import {tlsOnly} from './pipe-options.js'

const pieceBytes = 1024 * 1024
/** @type {{port: number, bytes: number}} */
const {port, bytes} = JSON.parse(process.argv[2] ?? '{}')
const piece = Buffer.alloc(pieceBytes, 7)

// Nobody is to be proved here: only the rate counts.
const socket = connect({...tlsOnly, host: '127.0.0.1', port, rejectUnauthorized: false})
socket.once('secureConnect', () => {
	const startedAt = performance.now()
	let left = bytes
	const fill = () => {
		while (left > 0) {
			const some = left < pieceBytes ? piece.subarray(0, left) : piece
			left -= some.length
			if (!socket.write(some)) return
		}
		socket.off('drain', fill)
		socket.end()
	}
	socket.on('drain', fill)
	fill()
	socket.once('data', () => process.send?.({ms: performance.now() - startedAt}, () => process.disconnect()))
})
