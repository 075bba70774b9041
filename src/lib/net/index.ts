// The net room: TLS 1.3 both ends, pinning, one framed channel with back-pressure. The only room that imports node:tls.
export {Channel, type ChannelOptions, type OnFrame} from './channel.js'
export {absoluteFrameBytes, defaultFrameBytes, ownBufferBytes} from './decoder.js'
export {type DialOptions, dial} from './dial.js'
export {type Listener, type ListenOptions, listen} from './listen.js'
export {highWaterBytes, lowWaterBytes} from './outbox.js'
export {memoryPair} from './pair.js'
export {showFingerprint} from './text.js'
export type {CloseReason, Identity, PeerInfo, Pin, Refusal} from './types.js'
