import { changeMessage } from '../../src/domain/change.ts';
import { nextAttempt } from '../../src/domain/delivery.ts';
import type { Random } from '../../src/domain/due.ts';
import { done, type Outcome } from '../../src/domain/outcome.ts';
import type { Payload } from '../../src/queue/contracts.ts';
import type { Producer } from '../../src/queue/producer.ts';
import type { DeliveryResult, Facts, PendingDelivery } from '../../src/store/store.ts';
import type { Webhook, WebhookAnswer } from '../../src/webhook.ts';
import type { JobContext } from '../runtime/executor.ts';

export interface DeliverChangesDependencies {
  readonly facts: Pick<Facts, 'nextDelivery' | 'claimDelivery' | 'settleDelivery' | 'holdDeliveries'>;
  /** Undefined: the main app reads the feed. */
  readonly webhook: Webhook | undefined;
  readonly producer: Pick<Producer, 'enqueue'>;
  readonly now: () => Date;
  readonly random: Random;
  /** Hears how each attempt went, for the metrics. */
  readonly onDelivery?: ((delivery: { outcome: 'delivered' | 'failed' | 'given_up' }) => void) | undefined;
}

/** Then the other connections have their turn. */
const deliveredAtOnce = 100;

/** What a worker takes beside the delivery itself: one that is silent for longer is dead. */
const claimSlackMs = 15_000;

/**
 * Tells the main app what changed at one connection: its changes one after another, in their order, each until it was
 * taken (2xx) or its day is over. One that has to wait keeps those behind it waiting, and nobody else: the job ends, and
 * the scheduler queues another when it is time. At least once: a worker that dies between the receiver's answer and our
 * record of it has the change delivered again, under the same id. May run any number of times.
 */
export function deliverChanges(dependencies: DeliverChangesDependencies) {
  const { facts, producer, now, random } = dependencies;
  type Context = JobContext<Payload<'notify', 'deliver-changes'>>;

  return async (context: Context): Promise<Outcome> => {
    const { connectionId } = context.payload;
    const { webhook } = dependencies;
    if (webhook === undefined) return done({ skipped: 'no webhook is configured' });
    const counts = { delivered: 0, failed: 0 };
    while (counts.delivered + counts.failed < deliveredAtOnce) {
      const next = await facts.nextDelivery(connectionId);
      if (next === undefined) return done(counts);
      if (isWaiting(next)) {
        await facts.holdDeliveries(next);
        return done({ ...counts, waitsUntil: next.nextAt });
      }
      const claimedUntil = new Date(now().getTime() + webhook.timeoutMs + claimSlackMs);
      if (!(await facts.claimDelivery(next, claimedUntil))) {
        return done({ ...counts, skipped: 'another worker delivers to this connection’s receiver' });
      }
      const result = await attempt(webhook, next, context);
      if (result.type === 'delivered') counts.delivered += 1;
      else if (result.nextAt === undefined) counts.failed += 1;
    }
    await producer.enqueue('notify', 'deliver-changes', context.payload, { deduplicate: 'keep-last' });
    return done({ ...counts, more: true });
  };

  /** One that was never tried has nothing to wait for but its turn. */
  function isWaiting({ attempts, nextAt }: PendingDelivery): boolean {
    return attempts > 0 && nextAt > now();
  }

  async function attempt(
    webhook: Webhook,
    { change, attempts: before, since }: PendingDelivery,
    { log, signal }: Context,
  ): Promise<DeliveryResult> {
    const body = JSON.stringify(changeMessage(change));
    const answer = await webhook.deliver({ id: change.id, body }, signal);
    const result = resultOf(answer, { attempts: before + 1, since });
    await facts.settleDelivery(change.id, result);
    dependencies.onDelivery?.({ outcome: outcomeOf(result) });
    if (result.type === 'failed') {
      const { attempts, nextAt, failure } = result;
      const said = { changeId: change.id, sequence: change.sequence, attempts, reason: failure.message };
      if (nextAt === undefined) log.error(said, 'a change could not be delivered for a day: given up');
      else log.warn({ ...said, nextAt }, 'a change could not be delivered');
    }
    return result;
  }

  function resultOf(
    answer: WebhookAnswer,
    attempted: Pick<PendingDelivery, 'attempts' | 'since'>,
  ): DeliveryResult {
    const at = now();
    if (answer.type === 'accepted') return { type: 'delivered', at };
    return {
      type: 'failed',
      attempts: attempted.attempts,
      failure: { message: answer.message, at },
      nextAt: nextAttempt(attempted, at, answer.retryAfterMs, random),
    };
  }
}

function outcomeOf(result: DeliveryResult): 'delivered' | 'failed' | 'given_up' {
  if (result.type === 'delivered') return 'delivered';
  return result.nextAt === undefined ? 'given_up' : 'failed';
}
