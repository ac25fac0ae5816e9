import cron from 'node-cron';
import { compose, type Live } from '../src/compose.ts';
import { runProcess } from '../src/process.ts';
import { serveOperators } from './runtime/operators.ts';
import { enqueueDue } from './steps/enqueue-due.ts';

/** For each kind of what is due. A tick that never ended would be the last: none begins while another runs. */
const kindLimitMs = 60_000;

/** A clock and nothing else: every tick, what is due becomes jobs. Run one or several; they do no double work. */
if (import.meta.main) {
  await runProcess('scheduler', async (config) => {
    const live = await compose(config, 'scheduler');
    let running = Promise.resolve();
    const tickOnce = (): Promise<void> => (running = tick(live));
    const task = cron.schedule(everySeconds(config.schedulerTickSeconds), tickOnce, { noOverlap: true });
    live.closeWith('the clock', async () => {
      await task.destroy();
      // The stores are closed next, and nothing should be under way in them then.
      await running;
    });
    await serveOperators(live);
    live.log.info({ tickSeconds: config.schedulerTickSeconds }, 'scheduler started');
    await tickOnce();
    return live;
  });
}

/** What fails in a tick is logged, and the next one follows: what this one missed is still due then. */
async function tick({ config, store, producer, now, random, log, workMetrics }: Live): Promise<void> {
  const failed = new Set<string>();
  try {
    const counts = await enqueueDue({
      facts: store.facts,
      producer,
      now,
      random,
      audit: config.audit,
      delivers: config.webhook !== undefined,
      publicUrl: config.publicUrl,
      kindLimitMs,
      onFailed: (kind, err) => {
        failed.add(kind);
        log.error({ err, kind }, 'tick failed');
      },
    });
    workMetrics.observeTick({ at: failed.size === 0 ? now() : undefined, due: { ...counts } });
    if (Object.values(counts).some((count) => count > 0)) log.info(counts, 'due');
  } catch (error) {
    log.error({ err: error }, 'tick failed');
  }
}

function everySeconds(seconds: number): string {
  return `*/${seconds} * * * * *`;
}
