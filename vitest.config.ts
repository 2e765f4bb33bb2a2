import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

const project = (name: string, include: string[], extra: object = {}) => ({
  test: { name, include, exclude: [...configDefaults.exclude, ...absent], environment: 'node', ...extra },
});

// No test waits for a clock, but finding primes takes as long as it takes: five times more on a busy machine.
const patient = { testTimeout: 60_000, hookTimeout: 60_000 };
const results = process.env['KINIT_TEST_RESULTS'];

/** Tests that need what a variable names, and are not there without it. */
const needs = {
  KINIT_API_SERVER: 'test/contract/api-server.test.ts',
  KINIT_CHROMIUM: 'test/contract/status-page.test.ts',
  KINIT_LAB_RPM: 'test/e2e/rpm.test.ts',
  // More than every run can bear.
  KINIT_LAB_FAULTS: 'test/e2e/**/*.faults.test.ts',
};
const absent = Object.entries(needs).flatMap(([name, file]) => (process.env[name] === undefined ? [file] : []));

export default defineConfig({
  test: {
    // One a core: half of them leaves a machine of two with one.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    ...(results === undefined
      ? {}
      : {
          reporters: ['default', 'json'],
          // A story runs a suite of its own beside the others.
          outputFile: { json: `${results}/${process.pid}.json` },
        }),
    projects: [
      project('unit', ['test/unit/**/*.test.ts', 'test/architecture.test.ts'], patient),
      project('contract', ['test/contract/**/*.test.ts'], patient),
      project('workflow', ['test/workflow/**/*.test.ts'], patient),
      project('e2e', ['test/e2e/**/*.test.ts'], { testTimeout: 900_000, hookTimeout: 900_000 }),
    ],
  },
});
