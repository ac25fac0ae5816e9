import type { RequestBudget } from '../../src/providers/provider.ts';

/** Room for any number of requests: for tests and measurements that are about something else. */
export const noBudget: RequestBudget = {
  admit: () => Promise.resolve(() => undefined),
  pause: () => Promise.resolve(),
};
