// Checks that documents name existing files: source paths in backticks, link targets, numbers of decisions.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'

const tops = ['src', 'docs', 'scripts', 'test', 'bench', 'bin']

/** `a/{b,c}.ts` → `a/b.ts`, `a/c.ts`. @param {string} text @returns {string[]} */
function expanded(text) {
	const match = /^(.*?)\{([^}]*)\}(.*)$/.exec(text)
	if (match === null) return [text]
	const [, before = '', middle = '', after = ''] = match
	return middle.split(',').flatMap((one) => expanded(`${before}${one}${after}`))
}

/** @param {string} root @returns {string[]} */
const documents = (root) => [
	'README.md',
	'CHANGELOG.md',
	'bench/README.md',
	...['docs', 'docs/decisions'].flatMap((folder) =>
		readdirSync(join(root, folder))
			.filter((name) => name.endsWith('.md'))
			.map((name) => `${folder}/${name}`),
	),
]

/** Everything that the documents name and that does not exist, as lines. @param {string} root */
export function docFaults(root) {
	const modules = readdirSync(join(root, 'src/lib'))
	const decisions = readdirSync(join(root, 'docs/decisions'))
	/** True if the path exists, relative to the root or to `src/lib`. @param {string} path */
	const isThere = (path) => {
		const base = tops.includes(path.split('/')[0] ?? '') ? root : join(root, 'src/lib')
		const plain = path.replace(/(\/\*\*?)+$/, '').replace(/\/$/, '')
		return existsSync(join(base, plain)) || existsSync(join(base, `${plain}.ts`))
	}
	const looksLikePath = new RegExp(`^(${[...tops, ...modules].join('|')})/[\\w./*{},-]+$`)
	return documents(root).flatMap((file) => {
		const faults = []
		const lines = readFileSync(join(root, file), 'utf8').split('\n')
		// A superseded decision may name files that are gone.
		const isSuperseded = lines.some((line) => line.startsWith('Superseded by'))
		for (const [i, line] of lines.entries()) {
			const at = `${file}:${i + 1}`
			if (file !== 'README.md' && !isSuperseded)
				for (const [, text = ''] of line.matchAll(/`([^`]+)`/g))
					if (looksLikePath.test(text))
						for (const path of expanded(text))
							if (!isThere(path)) faults.push(`${at}: names ${path}, which does not exist`)
			for (const [, target = ''] of line.matchAll(/\]\(([^)\s#]+)[^)]*\)/g))
				if (!/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(file), target)))
					faults.push(`${at}: links to ${target}, which does not exist`)
			for (const [, number = ''] of line.matchAll(/\bdecision (\d{4})/g))
				if (!decisions.some((name) => name.startsWith(number))) faults.push(`${at}: there is no decision ${number}`)
		}
		return faults
	})
}
