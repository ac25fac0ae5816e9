import type { Live } from '../src/compose.ts';
import { acceptCallback } from './jobs/accept-callback.ts';
import { exchangeCode } from './jobs/exchange-code.ts';
import { runWorkers } from './runtime/entry.ts';
import type { Handlers } from './runtime/executor.ts';

/** The queue `connect`: authorization codes become connections. */
export const connect = {
  queue: 'connect',
  handlers: ({ store, producer, cipher, provider, now, wait }: Live): Handlers<'connect'> => ({
    'accept-callback': acceptCallback({ intents: store.intents, producer, cipher, now }),
    'exchange-code': exchangeCode({ facts: store.facts, provider, producer, cipher, now, wait }),
  }),
} as const;

if (import.meta.main) await runWorkers('worker-connect', [connect]);
