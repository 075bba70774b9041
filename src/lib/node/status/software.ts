// Name and version of this program as peers see them.
import {readFileSync} from 'node:fs'

function version(): string {
	const {version} = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
		version?: unknown
	}
	return typeof version === 'string' ? version : '0'
}

export const software = `filesync ${version()}`
