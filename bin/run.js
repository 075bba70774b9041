#!/usr/bin/env node
'use strict'

const module_ = require('node:module')
const {pathToFileURL} = require('node:url')

module_.enableCompileCache?.()
void require('../dist/program.js').start(pathToFileURL(__filename).href)
