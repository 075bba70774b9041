// What `sync`, `push` and `pull` share: flags, one use-case in three directions, and the form of the result.
import * as Flags from '@oclif/core/flags'
import type {Direction} from '../core/plan/plan.js'
import {exit, FileSyncError, type Warning} from '../errors/index.js'
import {conflictsText, problemsText, syncText} from '../ui/present.js'
import {chooseProgress} from '../ui/progress/choose.js'
import {BaseCommand} from './base.js'
import {interruptionOf} from './shutdown.js'

export const syncFlags = {
	'dry-run': Flags.boolean({
		default: false,
		char: 'n',
		summary: 'print what would be done; change nothing on either side',
	}),
	'allow-deletes': Flags.boolean({
		default: false,
		summary: 'this once, delete more than max_delete_percent of the files',
	}),
	'first-sync': Flags.boolean({
		default: false,
		summary: 'take the folder as it is and unite both sides; nothing is deleted',
	}),
	verbose: Flags.boolean({default: false, char: 'v', summary: 'list every action; not with --quiet'}),
	quiet: Flags.boolean({
		default: false,
		char: 'q',
		summary: 'print warnings, conflicts, problems and errors only; not with --verbose',
	}),
}

export const forceFlag = (side: string) =>
	Flags.boolean({
		default: false,
		summary: `where both sides changed a file, let ${side} win (the other is kept as a conflict copy)`,
	})

interface GivenFlags {
	readonly config: string | undefined
	readonly 'dry-run': boolean
	readonly 'allow-deletes': boolean
	readonly 'first-sync': boolean
	readonly verbose: boolean
	readonly quiet: boolean
}

export abstract class SyncCommand extends BaseCommand {
	protected async runSync(direction: Direction, flags: GivenFlags, force: boolean): Promise<void> {
		if (flags.quiet && flags.verbose)
			throw new FileSyncError('USAGE', '--quiet and --verbose contradict each other; give one of them', [
				`filesync ${this.id} --help`,
			])
		const config = this.loadSettings(flags)
		const {syncOnce} = await import('../node/use/sync.js')
		const progress = await chooseProgress({
			silent: this.json || flags.quiet,
			stream: process.stderr,
			say: (line) => this.note(line),
		})
		const warnings: Warning[] = []
		let isHandedOver = false
		let held = 0
		const options = {
			direction,
			force,
			dryRun: flags['dry-run'],
			allowDeletes: flags['allow-deletes'],
			firstSync: flags['first-sync'],
			verbose: flags.verbose,
		}
		try {
			const result = await syncOnce(
				config,
				options,
				this.signal,
				(event) => {
					if (event.kind === 'warning') warnings.push({message: event.message, advice: event.advice ?? []})
					else if (event.kind === 'handed-over') isHandedOver = true
					else if (event.kind === 'held') held = event.changes
					else progress.onEvent(event)
				},
				this.headStart,
			)
			await progress.done('done')
			for (const warning of warnings) this.warning(warning)
			if (flags.quiet && result.conflicts.length > 0) this.note(conflictsText(result))
			const problems = problemsText(result)
			if (problems !== '') this.note(problems)
			const unsafe = result.problems.some(({code}) => code === 'TOO_MANY_DELETIONS')
			const code = unsafe ? exit.unsafe : result.ok ? exit.done : exit.incomplete
			this.present(result, () => (flags.quiet ? '' : syncText(result, held)), code)
		} catch (error) {
			await progress.done(isHandedOver && this.signal.aborted ? 'left' : 'failed')
			for (const warning of warnings) this.warning(warning)
			throw flags['dry-run'] ? error : withWayOn(interruptionOf(error, this.signal))
		}
	}
}

/** Adds the next step to the error of an interrupted sync. */
function withWayOn(error: unknown): unknown {
	if (!(error instanceof FileSyncError) || error.code !== 'INTERRUPTED' || error.advice.length > 0) return error
	const advice = ['run the same command again: what was finished is kept, a file that was under way starts again']
	return new FileSyncError('INTERRUPTED', error.message, advice, {cause: error})
}
