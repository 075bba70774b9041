// The program as a whole: `main` with the table of its commands. A command is loaded when it runs.
import {type CommandTable, main} from '../lib/cli/main.js'

/** By id, as oclif writes it: `certs:gen` is `filesync certs gen`. */
export const commands: CommandTable = {
	'certs:gen': () => import('./certs/gen.js'),
	'certs:show': () => import('./certs/show.js'),
	init: () => import('./init.js'),
	pull: () => import('./pull.js'),
	push: () => import('./push.js'),
	serve: () => import('./serve.js'),
	'service:install': () => import('./service/install.js'),
	'service:status': () => import('./service/status.js'),
	'service:uninstall': () => import('./service/uninstall.js'),
	status: () => import('./status.js'),
	sync: () => import('./sync.js'),
	top: () => import('./top.js'),
	watch: () => import('./watch.js'),
}

/** Runs one command. `url`: that of a file one folder below the package's root. Never rejects. */
export const start = (url: string): Promise<void> => main(url, commands)
