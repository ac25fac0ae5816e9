import { createHash, timingSafeEqual } from 'node:crypto';
import { within } from '../deadline.ts';
import { judgeNotification, type Notification, type NotificationVerdict } from '../domain/notification.ts';
import type { ProviderId } from '../domain/provider-id.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Intents, Reads, WatchRecord } from '../store/store.ts';
import type { HandOver } from './handing-over.ts';
import { Problem } from './problem.ts';

export interface NotificationDeps {
  readonly reads: Pick<Reads, 'watches'>;
  readonly intents: Pick<Intents, 'acceptNotification'>;
  readonly handOver: HandOver;
  readonly metrics: Pick<Metrics, 'countNotification'>;
  readonly log: Logger;
  readonly now: () => Date;
}

/** As it came, with the secret that is to prove it. */
export interface PresentedNotification {
  readonly notification: Notification;
  readonly secret: string;
}

export interface Delivery {
  readonly provider: ProviderId;
  /** Undefined for what cannot be one of ours. */
  readonly presented: readonly (PresentedNotification | undefined)[];
  readonly requestId: string;
}

/** Graph wants its answer within three seconds, and the queue takes its part of them. */
const recordedWithinMs = 2000;

/** At once, the ones included whose caller was answered while the store still works on them: they must not pile up. */
const deliveriesAtOnce = 1000;

/**
 * Takes what a vendor delivers: judges each notification on its own, marks what the genuine ones name, and queues a sync.
 * Resolves alike for genuine and other ones, so that the answer tells nothing; rejects only where the marks could not be
 * recorded in time, so that the vendor delivers again. Asks no provider.
 */
export function createNotificationIntake(deps: NotificationDeps): (delivery: Delivery) => Promise<void> {
  let working = 0;
  return async (delivery) => {
    if (working >= deliveriesAtOnce)
      throw new Problem('unavailable', { headers: { 'Retry-After': '1' }, detail: 'Too much at once.' });
    working += 1;
    const ended = (): void => void (working -= 1);
    const recording = record(deps, delivery);
    // Also where it came too late for the answer: what is delivered again finds its mark there, and queues nothing.
    const queueing = recording.then((due) =>
      Promise.all(due.map((one) => queueJobs(deps, one, delivery.requestId))),
    );
    queueing.then(ended, ended);
    await within(recordedWithinMs, recording);
    await queueing;
  };
}

/** For which connection what is to be queued. */
interface DueConnection {
  readonly connectionId: string;
  readonly marked: boolean;
  readonly watchesDue: boolean;
}

async function record(deps: NotificationDeps, { provider, presented }: Delivery): Promise<DueConnection[]> {
  const { reads, intents, metrics, log, now } = deps;
  const ids = new Set(presented.flatMap((one) => one?.notification.watchId ?? []));
  const watches = await reads.watches([...ids]);
  const accepted = new Map<string, { watch: WatchRecord; notification: Notification }>();
  const verdicts = presented.map((one): NotificationVerdict => {
    if (one === undefined) return 'malformed';
    const { notification, secret } = one;
    const watch = watches.get(notification.watchId);
    const verdict = judgeNotification(notification, watch, holdsSecret(secret, watch));
    // Several of one watch in one delivery say what one of them says.
    if (verdict === 'accepted' && watch !== undefined)
      accepted.set(`${watch.id} ${notification.kind}`, { watch, notification });
    return verdict;
  });
  const due = await Promise.all(
    [...accepted.values()].map(async ({ watch, notification }) => ({
      connectionId: watch.connectionId,
      ...(await intents.acceptNotification(watch, notification, now())),
    })),
  );
  verdicts.forEach((verdict, index) => {
    const kind = presented[index]?.notification.kind;
    metrics.countNotification({ provider, verdict, kind });
    log.debug({ provider, verdict, kind, watchId: presented[index]?.notification.watchId }, 'notification');
  });
  return due;
}

/** Of nobody's secret. */
const noHash = Buffer.alloc(32);

/** The same work where there is no such watch, so that the time it takes does not tell. */
function holdsSecret(secret: string, watch: WatchRecord | undefined): boolean {
  const presented = createHash('sha256').update(secret).digest();
  const recorded = watch === undefined ? noHash : Buffer.from(watch.secretHash, 'hex');
  return timingSafeEqual(presented, recorded) && watch !== undefined;
}

/** One that comes while the connection is synced is kept and runs after it (I2); any number of them are one (I3). */
async function queueJobs(
  { handOver }: NotificationDeps,
  { connectionId, marked, watchesDue }: DueConnection,
  requestId: string,
): Promise<void> {
  const payload = { v: 1, connectionId, requestId } as const;
  const once = { deduplicate: 'keep-last' } as const;
  const sync = { ...payload, onlyDue: true } as const;
  await Promise.all([
    marked && handOver('sync', 'sync-connection', sync, { ...once, urgency: 'notified' }),
    watchesDue && handOver('watch', 'keep-watches', payload, once),
  ]);
}
