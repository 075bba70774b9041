// Which pair `certs gen` makes: by its options, else by the config, else the default one.
import type {Config, Env} from '../config/index.js'
import {FileSyncError} from '../errors/index.js'
import {makePairCommand, pairNamed} from './advice.js'
import {defaultCertDir, defaultCertName} from './names.js'

export interface PairChoice {
	readonly name: string
	/** Absolute. */
	readonly outDir: string
}

/** `config`: the one that `--config` names. Throws USAGE if its two files are not NAME.cert and NAME.key in one folder. */
export function choosePair(
	{name, outDir}: {readonly name: string | undefined; readonly outDir: string | undefined},
	config: Pick<Config, 'file' | 'certs'> | undefined,
	env: Env,
): PairChoice {
	if (name !== undefined && outDir !== undefined) return {name, outDir}
	if (config === undefined) return {name: name ?? defaultCertName(), outDir: outDir ?? defaultCertDir(env)}
	const {file, certs} = config
	const named = pairNamed(certs)
	if (named === undefined)
		throw new FileSyncError(
			'USAGE',
			`${file} names ${certs.cert} and ${certs.key}; certs gen makes NAME.cert and NAME.key in one folder`,
			[makePairCommand(certs)],
		)
	return {name: name ?? named.name, outDir: outDir ?? named.outDir}
}
