// What the program itself needs of oclif, by name: loaded by `main` only when a command runs.
export {Config, run, settings} from '@oclif/core'
