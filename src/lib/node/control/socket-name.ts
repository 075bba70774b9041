// In its own file because head-start.ts needs only the name: address.ts loads node:crypto.

/** File name of the control socket. */
export const socketName = 'control.sock'
