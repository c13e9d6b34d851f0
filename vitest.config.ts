import process from 'node:process';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

const results = process.env['VITEST_JSON'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 240_000,
    // What is waited for comes when it comes: a busy machine is no failure.
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    // One more than the smallest machine has processors: many end-to-end tests wait while others compute.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    reporters: results === undefined ? ['default'] : ['default', 'json'],
    ...(results === undefined ? {} : { outputFile: { json: results } }),
  },
});
