#!/usr/bin/env node
'use strict'

const module_ = require('node:module')
const {pathToFileURL} = require('node:url')

module_.enableCompileCache?.()
const url = pathToFileURL(__filename).href
const asksVersion = ['--version', '-v', '-V', 'version'].includes(process.argv[2] ?? '')
if (asksVersion) void require('../dist/version.js').printVersion(url)
else void require('../dist/program.js').start(url)
