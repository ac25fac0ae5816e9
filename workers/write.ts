import type { Live } from '../src/compose.ts';
import { reconcileInterview } from './jobs/reconcile-interview.ts';
import { runWorkers } from './runtime/entry.ts';
import type { Handlers } from './runtime/executor.ts';

/** The queue `write`: interviews go into calendars, and what people do to them is seen. */
export const write = {
  queue: 'write',
  handlers: ({ store, config, ...live }: Live): Handlers<'write'> => ({
    'reconcile-interview': reconcileInterview({
      ...live,
      ...config.sync,
      reads: store.reads,
      facts: store.facts,
    }),
  }),
} as const;

if (import.meta.main) await runWorkers('worker-write', [write]);
