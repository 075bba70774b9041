// The configuration module: find, read, check and (for `init`) write `sync_config.json`.
export {addressFault, addressText, parseAddress} from './address.js'
export {loadConfig, requirePeer} from './load.js'
export {configName, type Env, expandPath, homeOf, isFoundByItself, isWithin, type Place} from './locate.js'
export {nearest} from './nearest.js'
export {bareHost, defaultPort, isHost} from './schema.js'
export {type Address, type Config, type LogLevel, logLevels} from './types.js'
export {assertNoConfig, folderFault, type NewConfig, newConfigFile, writeConfig} from './write.js'
