import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ada, seedAda, weekFrom } from '../../demo/people.ts';
import { deploy, type Deployment } from '../support/deployment.ts';
import { isSignedWith, webhookSecret } from '../support/standard-webhooks.ts';
import { until } from '../support/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const week = weekFrom(new Date());
const secret = webhookSecret(5);

interface Told {
  readonly id: string;
  readonly type: string;
  readonly userId: string;
  readonly connectionId: string;
  readonly sequence: number;
  readonly data: Record<string, unknown> & { eventIds?: string[]; removedIds?: string[] };
}

let receiver: WebhookReceiver;
let product: Deployment;
beforeAll(async () => {
  receiver = await startWebhookReceiver();
  product = await deploy(['all', 'scheduler'], {
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRETS: secret,
    WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true',
  });
  seedAda(product.google, week);
});
afterAll(async () => {
  await product.close();
  await receiver.close();
});

const asAda = (url: string): Promise<URL> => product.google.authorize(url, { email: ada.email });
const told = (): Told[] => receiver.calls.map(({ body }) => JSON.parse(body) as Told);

/** Resolves to the first that was told and for which the check holds. */
function hears(check: (change: Told) => boolean): Promise<Told> {
  return until(
    () => told().find(check),
    () => JSON.stringify(told()),
  );
}

/** An event at the provider, and a sync that finds it. Gives its id. */
async function addEvent(summary: string, hour: number): Promise<string> {
  const at = (hours: number) => ({ dateTime: week.at(1, `${hours}:00`), timeZone: ada.zone });
  const { id } = product.google.putEvent(ada.email, ada.email, {
    summary,
    start: at(hour),
    end: at(hour + 1),
  });
  await product.api.sync(await connectionId());
  return String(id);
}

async function connectionId(): Promise<string> {
  const { body } = await product.api.get(`/v1/users/${ada.userId}/connections`);
  return body.connections[0].id;
}

describe('the main app is told', () => {
  it('that an account was connected, and of its events', async () => {
    await product.api.connect('google', ada.userId, asAda);
    const connected = await hears(({ type }) => type === 'connection.connected');
    expect(connected).toMatchObject({ userId: ada.userId, connectionId: await connectionId(), sequence: 1 });
    const first = await hears(({ type }) => type === 'events.changed');
    expect(first.data['count']).toBeGreaterThan(1);
  });

  it('of an event that is new at the provider, and of its end', async () => {
    const id = await addEvent('Nobody’s business', 18);
    const added = await hears(({ data }) => data.eventIds?.includes(id) === true);
    const range = added.data['range'] as { start: string; end: string };
    const found = await product.api.events(ada.userId, range.start, range.end);
    expect(found.map(({ providerEventId }) => providerEventId)).toContain(id);
    product.google.deleteEvent(ada.email, ada.email, id);
    await product.api.sync(await connectionId());
    await hears(({ data }) => data.removedIds?.includes(id) === true);
  });

  it('of what happened while it was away, once it is back', async () => {
    await receiver.close();
    const id = await addEvent('While nobody listened', 20);
    const workers = product.instances('all')[0]!;
    await workers.logged(({ msg }) => msg === 'a change could not be delivered');
    await receiver.reopen();
    const late = await hears(({ data }) => data.eventIds?.includes(id) === true);
    expect(late.type).toBe('events.changed');
  });

  it('that its user has to authorize again, that they did, and that they left', async () => {
    const { api, google } = product;
    const id = await connectionId();
    google.revokeGrant(ada.email);
    await api.post(`/v1/connections/${id}/sync`, {});
    const dead = await hears(({ type }) => type === 'connection.reauth_required');
    expect(dead.data['reason']).toMatchObject({ code: 'grant_revoked', hint: expect.any(String) });
    await api.connect('google', ada.userId, asAda, { connectionId: id });
    await hears(({ data }) => data['reconnected'] === true);
    await api.call('DELETE', `/v1/connections/${id}`);
    await hears(({ type }) => type === 'connection.disconnected');
  });

  it('all of it in order, signed, without a title, and as the feed has it', async () => {
    for (const call of receiver.calls) expect(isSignedWith(secret, call)).toBe(true);
    const sequences = told().map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
    expect(JSON.stringify(told())).not.toMatch(/Nobody’s business|nobody listened/);
    const { body } = await product.api.get('/v1/changes');
    // The connection has taken its history along.
    expect(body.changes).toEqual([told().at(-1)]);
    expect(body.changes[0].type).toBe('connection.disconnected');
  });
});
