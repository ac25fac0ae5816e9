import type { Live } from '../src/compose.ts';
import { auditConnection } from './jobs/audit-connection.ts';
import { disconnectConnection } from './jobs/disconnect-connection.ts';
import { runWorkers } from './runtime/entry.ts';
import type { Handlers } from './runtime/executor.ts';

/** The queue `maintenance`: what may take its time. */
export const maintenance = {
  queue: 'maintenance',
  handlers: ({ store, config, ...live }: Live): Handlers<'maintenance'> => ({
    'disconnect-connection': disconnectConnection({ ...live, reads: store.reads, facts: store.facts }),
    'audit-connection': auditConnection({
      ...live,
      ...config.sync,
      audit: config.audit,
      reads: store.reads,
      facts: store.facts,
    }),
  }),
} as const;

if (import.meta.main) await runWorkers('worker-maintenance', [maintenance]);
