// Certificates for these tests: a folder, a pair of each kind in it, and a way to make more.
import {type Generated, type GenerateOptions, generateCertificate} from '../../src/lib/certs/index.js'
import {Folder} from '../config/folder.js'

export const dayMs = 86_400_000

/** The paths of a pair as a config has them. */
export const pair = ({certFile, keyFile}: Generated) => ({certs: {cert: certFile, key: keyFile}})

export class Certificates {
	readonly folder: Folder
	/** EC, `laptop`. */
	readonly made: Generated
	/** RSA, `10.0.0.2`. */
	readonly rsa: Generated

	private constructor(folder: Folder, made: Generated, rsa: Generated) {
		this.folder = folder
		this.made = made
		this.rsa = rsa
	}

	static async make(): Promise<Certificates> {
		const folder = new Folder()
		return new Certificates(
			folder,
			await generateIn(folder, {name: 'laptop'}),
			await generateIn(folder, {name: '10.0.0.2', type: 'rsa'}),
		)
	}

	generate(more: Partial<GenerateOptions> = {}): Promise<Generated> {
		return generateIn(this.folder, more)
	}
}

const generateIn = (folder: Folder, more: Partial<GenerateOptions>): Promise<Generated> =>
	generateCertificate({name: 'n', type: 'ec', days: 365, outDir: folder.at('certs'), force: false, ...more})
