// When a certificate expires, and what is told of it before and after.
import assert from 'node:assert/strict'
import {assertNotExpired, expiryOf, expiryWarnings, type Generated, loadIdentity} from '../../src/lib/certs/index.js'
import type {FileSyncError} from '../../src/lib/errors/index.js'
import type {Folder} from '../config/folder.js'
import {Certificates, dayMs, pair} from './support.js'

describe('certs', () => {
	let folder: Folder
	let made: Generated
	before(async () => {
		const certificates = await Certificates.make()
		folder = certificates.folder
		made = certificates.made
	})
	after(() => folder.remove())

	describe('expiry', () => {
		const rows: [string, number, string, number, RegExp | undefined][] = [
			['fresh', 0, 'valid', 365, undefined],
			['31 days left', 334, 'valid', 31, undefined],
			['30 days left', 335, 'valid', 30, undefined],
			['29 days left', 336, 'soon', 29, /expires on .*, in 29 days$/],
			['one day left', 364, 'soon', 1, /in 1 day$/],
			['the last moment', 365, 'soon', 0, /in 0 days/],
			['a day late', 366, 'expired', -1, /expired on /],
			['years early', -700, 'not-yet', 1065, /is the clock of this device right/],
		]
		for (const [name, atDay, state, daysLeft, warning] of rows)
			it(name, () => {
				const nowMs = made.notAfter.getTime() - (365 - atDay) * dayMs
				assert.deepEqual(expiryOf(made, nowMs), {state, daysLeft})
				const own = loadIdentity(pair(made))
				const warnings = expiryWarnings(own, [made], nowMs)
				assert.equal(warnings.length, warning === undefined ? 0 : 2)
				const [first, second] = warnings
				if (warning !== undefined) assert.match(first?.message ?? '', warning)
				const renew = `filesync certs gen --name laptop --out ${folder.at('certs')} --force`
				if (state === 'soon' || state === 'expired') {
					assert.equal(first?.advice[0], renew)
					assert.match(
						second?.advice.join(' ') ?? '',
						/on the other device, filesync certs show .* copy its new certificate/,
					)
				}
				const check = () => assertNotExpired(own, nowMs)
				if (state === 'expired')
					assert.throws(
						check,
						(error: FileSyncError) =>
							error.code === 'CERT_EXPIRED' &&
							error.exit === 2 &&
							error.advice[0] === renew &&
							/expired/.test(error.message),
					)
				else assert.doesNotThrow(check)
			})
	})
})
