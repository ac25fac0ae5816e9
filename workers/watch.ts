import type { Live } from '../src/compose.ts';
import { keepWatches } from './jobs/keep-watches.ts';
import { runWorkers } from './runtime/entry.ts';
import type { Handlers } from './runtime/executor.ts';

/** The queue `watch`: providers are asked to notify us. */
export const watch = {
  queue: 'watch',
  handlers: ({ store, config, ...live }: Live): Handlers<'watch'> => ({
    'keep-watches': keepWatches({
      ...live,
      publicUrl: config.publicUrl,
      reads: store.reads,
      facts: store.facts,
    }),
  }),
} as const;

if (import.meta.main) await runWorkers('worker-watch', [watch]);
