// Apart from where it lies: the start of a command asks for it before it loads anything that hashes.

/** The control socket in the state folder of a folder. */
export const socketName = 'control.sock'
