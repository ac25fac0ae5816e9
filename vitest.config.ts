import { defineConfig } from 'vitest/config';
import { MixedOrder } from './scripts/test-order.ts';

/**
 * More than two processors: many of these tests wait, for locks, leases and servers that are away. The same for all
 * projects: Vitest runs only those beside each other that have it in common, and would give some a single worker.
 */
const maxWorkers = 3;

/** Unit tests need nothing; integration and journey tests share one MongoDB and one Redis, started once by the global set-up. */
const withServices = (name: string, testTimeout: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    globalSetup: ['test/support/services.ts'],
    setupFiles: ['test/support/contracts-kept-setup.ts'],
    testTimeout,
    hookTimeout: 60_000,
    maxWorkers,
  },
});

const withoutServices = (name: string) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 30_000, maxWorkers },
});

export default defineConfig({
  test: {
    sequence: { sequencer: MixedOrder },
    projects: [
      withoutServices('unit'),
      withoutServices('contract'),
      withServices('integration', 30_000),
      withServices('journey', 120_000),
      withServices('browser', 120_000),
    ],
  },
});
