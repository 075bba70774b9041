// The net module: TLS 1.3 both ends, pinning, one framed channel with back-pressure. The only module that imports node:tls.
export {Channel, type ChannelOptions, type OnFrame} from './channel.js'
export {absoluteFrameBytes, defaultFrameBytes, ownBufferBytes} from './decoder.js'
export {type DialOptions, dial} from './dial.js'
export {isSureRefusal} from './faults.js'
export {type Listener, type ListenOptions, listen} from './listen.js'
export {highWaterBytes, lowWaterBytes} from './outbox.js'
export {showFingerprint} from './text.js'
export type {CloseReason, Identity, PeerInfo, Pin, Refusal} from './types.js'
