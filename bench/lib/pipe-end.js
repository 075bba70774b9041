// A process of its own: the receiving end of a bare TLS 1.3 pipe. Started by pipe.js with certificate and key files as JSON;
// tells its port, swallows what comes, answers one byte when the sender ends, and ends when the IPC channel closes.
import {readFileSync} from 'node:fs'
import {createServer} from 'node:tls'
import {tlsOnly} from './pipe-options.js'

const {cert, key} = JSON.parse(process.argv[2] ?? '{}')
const server = createServer(
	{...tlsOnly, cert: readFileSync(cert), key: readFileSync(key), allowHalfOpen: true},
	(socket) => {
		socket.on('data', () => {})
		socket.on('end', () => socket.end('.'))
		socket.on('error', () => socket.destroy())
	},
)
server.listen(0, '127.0.0.1', () => {
	const address = server.address()
	process.send?.({port: typeof address === 'object' && address !== null ? address.port : 0})
})
process.on('disconnect', () => process.exit(0))
