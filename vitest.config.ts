import { defineConfig } from 'vitest/config';

/** Unit tests need nothing; integration and journey tests share one MongoDB and one Redis, started once by the global set-up. */
const withServices = (name: string, testTimeout: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    globalSetup: ['test/support/services.ts'],
    setupFiles: ['test/support/contracts-kept-setup.ts'],
    testTimeout,
    hookTimeout: 60_000,
    // More than two processors: most of these tests wait, for locks, leases and servers that are away.
    maxWorkers: 3,
  },
});

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 30_000 } },
      withServices('integration', 30_000),
      withServices('journey', 120_000),
      withServices('browser', 120_000),
    ],
  },
});
