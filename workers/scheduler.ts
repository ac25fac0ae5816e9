import cron from 'node-cron';
import { compose, type Live } from '../src/compose.ts';
import { within } from '../src/deadline.ts';
import { runProcess } from '../src/process.ts';
import { serveOperators } from './runtime/operators.ts';
import { enqueueDue } from './steps/enqueue-due.ts';

/** Far beyond what a tick takes. One that never ended would be the last: none begins while another runs. */
const tickLimitMs = 60_000;

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

/** A tick that fails is logged and followed by the next: what it missed is still due then. */
async function tick({ config, store, producer, now, random, log, workMetrics }: Live): Promise<void> {
  try {
    const work = enqueueDue({
      facts: store.facts,
      producer,
      now,
      random,
      audit: config.audit,
      delivers: config.webhook !== undefined,
      publicUrl: config.publicUrl,
    });
    const counts = await within(tickLimitMs, work);
    workMetrics.observeTick({ at: now(), due: { ...counts } });
    if (Object.values(counts).some((count) => count > 0)) log.info(counts, 'due');
  } catch (error) {
    log.error({ err: error }, 'tick failed');
  }
}

function everySeconds(seconds: number): string {
  return `*/${seconds} * * * * *`;
}
