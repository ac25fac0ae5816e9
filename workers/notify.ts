import type { WorkerLive } from '../src/compose.ts';
import { deliverChanges } from './jobs/deliver-changes.ts';
import { runWorkers } from './runtime/entry.ts';
import type { Handlers } from './runtime/executor.ts';

/** The queue `notify`: the main app is told what changed. */
export const notify = {
  queue: 'notify',
  handlers: ({ store, workMetrics, ...live }: WorkerLive): Handlers<'notify'> => ({
    'deliver-changes': deliverChanges({
      ...live,
      facts: store.facts,
      onDelivery: workMetrics.observeDelivery,
    }),
  }),
} as const;

if (import.meta.main) await runWorkers('worker-notify', [notify]);
