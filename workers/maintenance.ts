import type { Live } from '../src/compose.ts';
import { disconnectConnection } from './jobs/disconnect-connection.ts';
import { runWorkers } from './runtime/entry.ts';
import type { Handlers } from './runtime/executor.ts';

/** The queue `maintenance`: what may take its time. */
export const maintenance = {
  queue: 'maintenance',
  handlers: ({ store, provider, cipher, now }: Live): Handlers<'maintenance'> => ({
    'disconnect-connection': disconnectConnection({ facts: store.facts, provider, cipher, now }),
  }),
} as const;

if (import.meta.main) await runWorkers('worker-maintenance', [maintenance]);
