// The files of the npm package: every file must match a pattern, every pattern must match a file.
import {spawnSync} from 'node:child_process'

const expected = [
	/^package\.json$/,
	/^README\.md$/,
	/^LICENSE$/,
	/^CHANGELOG\.md$/,
	/^oclif\.manifest\.json$/,
	/^bin\/run\.js$/,
	/^bin\/package\.json$/,
	/^dist\/program\.js$/,
	/^dist\/version\.js$/,
	/^dist\/lib\/tree\/worker\/worker\.js$/,
	/^dist\/package\.json$/,
	/^dist\/LICENSES\.txt$/,
]

/** Files that are packed and should not be, or missing, as lines. @param {string} root */
export function packedFaults(root) {
	const {stdout, status, error} = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
		cwd: root,
		encoding: 'utf8',
		shell: process.platform === 'win32',
		maxBuffer: 64 * 1024 * 1024,
	})
	if (error || status !== 0) return [`npm pack failed: ${error?.message ?? `exit ${status}`}`]
	const parsed = JSON.parse(stdout)
	// npm 12 prints an object by package name, older versions a list.
	const [packed] = Array.isArray(parsed) ? parsed : Object.values(parsed)
	/** @type {string[]} */
	const files = packed.files.map((/** @type {{path: string}} */ file) => file.path)
	return [
		...files
			.filter((file) => !expected.some((pattern) => pattern.test(file)))
			.map((file) => `packed, but not expected: ${file}`),
		...expected
			.filter((pattern) => !files.some((file) => pattern.test(file)))
			.map((pattern) => `expected, but not packed: ${pattern}`),
	]
}
