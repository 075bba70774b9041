// What both ends of the bare pipe agree on: the protocol and the cipher that FileSync uses.

/** @type {{minVersion: 'TLSv1.3', ciphers: string}} */
export const tlsOnly = {minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256'}
