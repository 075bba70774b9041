// The marker by which a folder is known again, on a disk that shows another time of birth than a file was made at.
import assert from 'node:assert/strict'
import {join} from 'node:path'
import {packageRoot} from '../e2e/support/program.js'
import {evaluate, windowsFolder, windowsPath} from './support/windows.js'

describe('Windows: the root', () => {
	it('is the same root in the next look, also when its disk is slow and its marker is written again', async () => {
		const root = JSON.stringify(windowsPath(windowsFolder('root')))
		const marker = JSON.stringify(`file:///Z:${join(packageRoot, '.build/src/lib/tree/marker.js')}`)
		// A disk on which every write takes 50 ms.
		const said = await evaluate(`const {writeSync} = fs
			fs.writeSync = (...args) => {
				Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
				return writeSync(...args)
			}
			require('node:module').syncBuiltinESMExports()
			import(${marker}).then(({writeMarker, readMarker}) => {
				for (let i = 0; i < 5; i++) {
					writeMarker(${root}, 'id ' + i)
					console.log(readMarker(${root}).id)
				}
			})`)
		assert.equal(said, Array.from({length: 5}, (_, i) => `id ${i}\n`).join(''))
	})
})
