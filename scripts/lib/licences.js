// The licences of the bundled libraries as one text beside the bundle, as their terms demand.
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'

/**
 * `inputs`: the bundle's source files, relative to `root`. Throws for a library without a licence file or field.
 * @param {string} root @param {string[]} inputs @returns {string}
 */
export function licencesOf(root, inputs) {
	const folders = new Set(inputs.flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []))
	return [...folders]
		.sort()
		.map((folder) => {
			const {name, version, license} = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
			const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry))
			const text = file === undefined ? license : readFileSync(join(root, folder, file), 'utf8').trim()
			if (typeof text !== 'string') throw new Error(`${name} has no licence`)
			return `${name} ${version}\n\n${text}\n`
		})
		.join(`\n${'-'.repeat(72)}\n\n`)
}
