import type { Logger } from '../log.ts';
import type { Producer } from '../queue/producer.ts';
import { within } from '../deadline.ts';

/** Puts a job on a queue, and never fails: see `createHandOver`. */
export type HandOver = Producer['enqueue'];

/** Longer than a reconnect to Redis takes, shorter than a caller's patience. */
const usualPatienceMs = 2000;

/**
 * Called when the intent is in MongoDB already, so a Redis that is away costs time and nothing else: the scheduler
 * finds the intent at its next tick and enqueues it (I1). Hence logged, and the caller is answered as if it had worked.
 */
export function createHandOver(
  producer: Pick<Producer, 'enqueue'>,
  log: Logger,
  patienceMs = usualPatienceMs,
): HandOver {
  return async (queue, job, payload, options) => {
    try {
      await within(patienceMs, producer.enqueue(queue, job, payload, options));
    } catch (err) {
      log.error({ err, queue, job, payload }, 'a job could not be enqueued: left to the scheduler');
    }
  };
}
