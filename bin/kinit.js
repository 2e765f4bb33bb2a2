#!/usr/bin/env node
import { loadBundle } from './bundle.js';

process.exit(await loadBundle().main(process));
