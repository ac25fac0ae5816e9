import { expect, test as base } from 'vitest';

import { describeFailures } from './provider-failures-suite.ts';
import { describeFreeBusy } from './provider-free-busy-suite.ts';
import { describeInterviews } from './provider-interviews-suite.ts';
import { now, type ProviderHarness, type ProviderTest, type ProviderWorld } from './provider-harness.ts';
import { describeListing } from './provider-listing-suite.ts';
import { describePush } from './provider-push-suite.ts';
import { describeSignIn } from './provider-sign-in-suite.ts';

/** The promises of `src/providers/provider.ts`. Every vendor's test calls this once with its harness. */
export function describeProvider(harness: ProviderHarness): void {
  const test: ProviderTest = base.extend<{ world: ProviderWorld }>({
    // eslint-disable-next-line no-empty-pattern -- vitest reads the fixtures that are needed from the pattern.
    world: async ({}, use) => {
      const world = await harness.start({ now: () => now });
      await use(world);
      await world.close();
      expect(world.simulator.violations()).toEqual([]);
    },
  });
  describeSignIn(harness.id, test);
  describeListing(harness.id, test);
  describeFailures(harness, test);
  describeFreeBusy(harness.id, test);
  describePush(harness, test);
  describeInterviews(harness, test);
}
