/** An intake with connections whose calendars are watched, and all that a notification to it could change. */
import { aWatch, type MadeWatch } from '../../support/watches.ts';
import { connectedAccount, minutesLater, syncTurn, testNow } from '../../support/builders.ts';
import { send, type WebhookCall } from '../../support/webhook-calls.ts';
import type { ConnectionRecord } from '../../../src/store/store.ts';
import { apiKey, ownIntake } from './own-intake.ts';

export interface Watched {
  readonly connection: ConnectionRecord;
  readonly watch: MadeWatch;
}

/** For one test file. */
export function watchedIntake() {
  // One request for each minute and key is allowed: the providers have no key.
  const intake = ownIntake({ perMinute: 1 });
  let users = 0;

  /** Synced and watched; nothing is due. */
  const watched = async (provider: ConnectionRecord['provider']): Promise<Watched> => {
    users += 1;
    const connection = await connectedAccount(intake.store, { userId: `watched-${users}`, provider });
    const end = { now: testNow, nextSyncAt: minutesLater(10) };
    await intake.store.facts.finishSync(await syncTurn(intake.store, connection.id), end);
    const calendarId = provider === 'google' ? 'c'.repeat(24) : undefined;
    return {
      connection,
      watch: await aWatch(intake.database, connection, { calendarId, lastMessageNumber: 3 }),
    };
  };

  const post = (call: WebhookCall): Promise<Response> => send(intake.api.url, call);

  /** All that an answer is, but for the time and the request's own id. */
  async function answerOf(response: Response) {
    const headers = [...response.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
    return { status: response.status, headers, body: await response.text() };
  }

  const everything = async () => ({
    connections: await intake.database.connections.find().lean(),
    watches: await intake.database.watches.find().lean(),
    jobs: await intake.jobs('sync'),
  });

  const touchedOf = async ({ id }: ConnectionRecord) =>
    (await intake.database.connections.findById(id).lean())?.sync.touched;

  /** Counted since then, by `provider verdict`. */
  async function counts(): Promise<Record<string, number>> {
    const metrics = await fetch(`${intake.api.url}/metrics`, {
      headers: { Authorization: `Bearer ${apiKey}` },
    });
    const lines = (await metrics.text()).matchAll(
      /^calendar_sync_notifications_total\{provider="(\w+)",verdict="(\w+)"\} (\d+)$/gm,
    );
    return Object.fromEntries(
      [...lines].map(([, provider, verdict, count]) => [`${provider} ${verdict}`, Number(count)]),
    );
  }

  /** What was counted more often afterwards, and by how much. */
  async function countedDuring(doing: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = await counts();
    await doing();
    const grown = Object.entries(await counts()).map(([name, count]) => [name, count - (before[name] ?? 0)]);
    return Object.fromEntries(grown.filter(([, count]) => count !== 0)) as Record<string, number>;
  }

  return { intake, watched, post, answerOf, everything, touchedOf, countedDuring };
}
