// Systems without a supported service manager: what users can do by hand. Pure.
import {FileSyncError} from '../../errors/index.js'
import {argumentsOf} from '../spec.js'
import type {ServiceSpec} from '../types.js'
import {commandText} from './quote.js'

/** A literal string in PowerShell. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Quotes a word for the C runtime of Windows; paths there contain no quote. */
const quoted = (word: string): string => (/\s/.test(word) ? `"${word}"` : word)

/** A PowerShell command that registers the task. Overrides two defaults: a task ends after three days and does not start on batteries. */
export function scheduledTask(spec: ServiceSpec): string {
	const action = `New-ScheduledTaskAction -Execute ${literal(quoted(spec.node))} -Argument ${literal(argumentsOf(spec).map(quoted).join(' '))}`
	const settings =
		'New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -RestartCount 3 -RestartInterval (New-TimeSpan -Minutes 1)'
	return `Register-ScheduledTask -TaskName ${literal(spec.service)} -Trigger (New-ScheduledTaskTrigger -AtLogOn -User $env:USERNAME) -Action (${action}) -Settings (${settings})`
}

/** The error of `service install` on such a system. */
export function elsewhere(spec: ServiceSpec, platform: NodeJS.Platform): FileSyncError {
	if (platform === 'win32')
		return new FileSyncError(
			'USAGE',
			'on Windows the Task Scheduler starts programs at login, and FileSync writes no task into it; nothing was done',
			[
				`in PowerShell: ${scheduledTask(spec)}`,
				`to remove it: Unregister-ScheduledTask -TaskName ${literal(spec.service)}`,
			],
		)
	return new FileSyncError(
		'USAGE',
		`FileSync knows no service manager of this system (${platform}); nothing was done`,
		[
			`let your system start, as this user: ${commandText([spec.node, ...argumentsOf(spec)])}`,
			'or start it at boot by cron: crontab -e, and a line @reboot with that command',
		],
	)
}
