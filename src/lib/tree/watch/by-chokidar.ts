// Watching by chokidar's own events: macOS, and wherever a folder's watch does not name its entries.
// Never reports FileSync's own names; whether the root comes back is watch.ts's business.
import {relative, sep} from 'node:path'
import {type FSWatcher, watch} from 'chokidar'
import {isOwnName} from '../../core/paths.js'
import {errnoOf} from '../../errors/index.js'
import {isLimit, type Watcher, type WatchSink} from './sink.js'

export function watchEvents(sink: WatchSink): Watcher {
	const toPath = (full: string): string => relative(sink.root, full).split(sep).join('/')
	const watcher: FSWatcher = watch(sink.root, {
		// `atomic` would hide `*~` and `*.swp` for good; `awaitWriteFinish` would poll each file a second time.
		atomic: false,
		ignoreInitial: true,
		followSymlinks: false,
		persistent: true,
		// Asked first without stats; a rule for folders alone then waits for the second question.
		ignored(full, stats) {
			const path = toPath(full)
			if (path === '') return false
			if (stats !== undefined && !stats.isFile() && !stats.isDirectory() && !stats.isSymbolicLink()) return true
			return isOwnName(path.slice(path.lastIndexOf('/') + 1)) || sink.ignore(path, stats?.isDirectory() ?? false)
		},
	})
	watcher.on('all', (event, full) => {
		const path = toPath(full)
		if (path !== '') sink.onChange(path)
		else if (event === 'unlinkDir') sink.onRootLost()
		else sink.onChange(null)
	})
	watcher.on('error', (error) => {
		if (isLimit(error)) sink.onLimit(errnoOf(error) ?? 'ENOSPC')
		else sink.onChange(null)
	})
	let isReady: () => void = () => {}
	const ready = new Promise<void>((resolve) => {
		isReady = resolve
	})
	watcher.once('ready', isReady)
	watcher.once('error', isReady)
	return {
		ready,
		// Its events come late by stats and timers of its own, so nothing proves that all have come.
		settled: async () => false,
		blind: [],
		hold: () => () => {},
		// Once it is closed it tells of nothing more.
		close: async () => {
			isReady()
			await watcher.close()
		},
	}
}
