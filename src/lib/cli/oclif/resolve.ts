// Maps typed words to what oclif runs: `help X`, `-h`, `-v`, and a clear error for an unknown command.
import type {Command} from '@oclif/core/command'
import type {Config} from '@oclif/core/config'
import {FileSyncError} from '../../errors/index.js'
import {didYouMean, suggestions} from './suggest.js'

/** `help sync` is `sync --help`, `help` and `-h` are `--help`. */
export function withHelp(argv: readonly string[]): string[] {
	const [first, ...rest] = argv
	if (first === 'help')
		return rest.length === 0 ? ['--help'] : [...rest.filter((word) => !word.startsWith('-')), '--help']
	return first === '-h' ? ['--help', ...rest] : [...argv]
}

type Known = Pick<Config, 'commandIDs' | 'findCommand' | 'findTopic'>

export interface Chosen {
	readonly command: Command.Loadable
	/** The words after its name. */
	readonly argv: string[]
}

/** True if oclif shows help instead of running a command. */
const asksHelp = (argv: readonly string[]): boolean => {
	const end = argv.indexOf('--')
	return (end < 0 ? argv : argv.slice(0, end)).includes('--help')
}

/** Commands that `words` may mean. The first of two words is compared alone too, so `cert gen` finds `certs gen`. */
function meant(words: readonly string[], isTopic: boolean, commands: readonly string[]): string[] {
	const [first = '', second] = words
	if (isTopic) {
		const below = commands.filter((command) => command.startsWith(`${first} `))
		return suggestions(
			second ?? '',
			below.map((command) => command.slice(first.length + 1)),
		).map((name) => `${first} ${name}`)
	}
	const firsts = [...new Set(commands.map((command) => command.split(' ', 1)[0] ?? ''))]
	const near = suggestions(first, firsts)
	return near.map((name) =>
		second !== undefined && commands.includes(`${name} ${second}`) ? `${name} ${second}` : name,
	)
}

/** undefined: help is wanted. Throws USAGE with the nearest command if `argv` names none. */
export function chooseCommand(argv: readonly string[], config: Known): Chosen | undefined {
	const [first] = argv
	if (first === undefined || first === '--help') return undefined
	const commands = config.commandIDs.map((id) => id.replaceAll(':', ' ')).sort()
	if (first.startsWith('-'))
		throw new FileSyncError('USAGE', `option ${first} stands before the command; options come after it`, [
			'filesync COMMAND [OPTIONS]',
			'filesync --help',
		])
	const end = argv.findIndex((word) => word.startsWith('-'))
	const words = end < 0 ? [...argv] : argv.slice(0, end)
	const size = config.findCommand(words.slice(0, 2).join(':')) === undefined ? 1 : 2
	const command = config.findCommand(words.slice(0, size).join(':'))
	if (command === undefined) {
		const isTopic = config.findTopic(first) !== undefined
		if (isTopic && words.length === 1) return undefined
		const typed = words.slice(0, isTopic ? 2 : 1).join(' ')
		const hint = didYouMean(meant(words, isTopic, commands), '"')
		throw new FileSyncError('USAGE', `unknown command ${JSON.stringify(typed)}${hint}`, ['filesync --help'])
	}
	// oclif would take the word as part of the command's name.
	const extra = words[size]
	if (extra !== undefined && command.strict !== false && Object.keys(command.args).length === 0)
		throw new FileSyncError(
			'USAGE',
			`"${words.slice(0, size).join(' ')}" takes no argument; found ${JSON.stringify(extra)}`,
			[`filesync ${words.slice(0, size).join(' ')} --help`],
		)
	return asksHelp(argv) ? undefined : {command, argv: argv.slice(Math.min(size, words.length))}
}
