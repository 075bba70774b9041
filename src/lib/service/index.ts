// The service module: installs FileSync as a service of the user. Does not know what FileSync does when it runs.
export {installService, printService} from './install.js'
export {thisMachine} from './machine.js'
export {serviceStatus} from './status.js'
export {installLines, notStarted, problemText, statusLines, uninstallLines} from './text.js'
export {type InstallResult, modes, type PrintResult, type ServiceStatus, type UninstallResult} from './types.js'
export {uninstallService} from './uninstall.js'
