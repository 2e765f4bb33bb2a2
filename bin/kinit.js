#!/usr/bin/env node
require('./bundle.js').builtProgram().main(process).then(process.exit);
