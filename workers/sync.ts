import type { Live } from '../src/compose.ts';
import { syncConnection } from './jobs/sync-connection.ts';
import { runWorkers } from './runtime/entry.ts';
import type { Handlers } from './runtime/executor.ts';

/** The queue `sync`: stored events are brought up to date. */
export const sync = {
  queue: 'sync',
  handlers: ({ store, config, workMetrics, ...live }: Live): Handlers<'sync'> => ({
    'sync-connection': syncConnection({
      ...live,
      ...config.sync,
      reads: store.reads,
      facts: store.facts,
      onFresh: workMetrics.observeFresh,
    }),
  }),
} as const;

if (import.meta.main) await runWorkers('worker-sync', [sync]);
