// Adds up the test runners' own JSON reports: `count-results.mjs FOLDER FAILED_STEPS`. Names what failed, and ends with
// one line of counts. Exit 1 where anything failed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, failedSteps = '0'] = process.argv.slice(2);
const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
const sum = (field) => reports.reduce((total, report) => total + (report[field] ?? 0), 0);
const files = reports.flatMap((report) => report.testResults);
const tests = files.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
const failures = [
  ...tests
    .filter((test) => test.status === 'failed')
    .map((test) => `${test.file}: ${test.fullName}\n${test.failureMessages.join('\n')}`),
  // A file that broke outside its tests (an import, a hook) counts once, however many groups it has.
  ...files
    .filter((file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'))
    .map((file) => `${file.name}\n${file.message}`),
];
for (const failure of failures) process.stdout.write(`\nFAILED ${failure}\n`);

const passed = sum('numPassedTests');
const skipped = sum('numPendingTests') + sum('numTodoTests');
// A step that broke without a failing test (lint, types, a lab that does not come up) counts as one failure.
const failed = failures.length || Number(failedSteps);
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed > 0 || Number(failedSteps) > 0 || passed === 0 ? 1 : 0;
