// The command-line module: what commands build on. src/commands/index.ts loads `main` directly.
export {BaseCommand} from './base.js'
export {NodeCommand, nodeFlags} from './node-command.js'
export {errorJson, errorText, printError, printJson, printNote, printText, printWarning} from './output.js'
export {type Shutdown, shutdown} from './shutdown.js'
export {forceFlag, SyncCommand, syncFlags} from './sync-command.js'
export {showTop} from './top-command.js'
