// npm test: builds the program and the tests and runs them. Arguments: test files or folders, mocha's options (-g WORD), `--jobs N`.
// The last line is `N passed, N failed`. Running no test at all is a failure.
import {fileURLToPath} from 'node:url'
import {run} from './lib/run.js'
import {compileTests, conclude, runSuite} from './lib/suite.js'

const root = fileURLToPath(new URL('..', import.meta.url))
run(process.execPath, ['scripts/build.js'], {cwd: root})
compileTests(root)
conclude(await runSuite({root, args: process.argv.slice(2)}))
