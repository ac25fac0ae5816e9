import { mongo } from 'mongoose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deploy, type Deployment, type Instance } from '../support/deployment.ts';
import { until } from '../support/until.ts';

const providers = ['google', 'microsoft'] as const;
type ProviderId = (typeof providers)[number];

let product: Deployment;
let client: mongo.MongoClient;
beforeAll(async () => {
  product = await deploy(['connect']);
  client = new mongo.MongoClient(product.env['MONGODB_URI'] ?? '');
});
afterAll(async () => {
  await client.close();
  await product.close();
});

/** Somebody else in each test. */
let [people, userId, email] = [0, '', ''];
beforeEach(() => {
  people += 1;
  userId = `user-ada${people}`;
  email = `ada${people}@analytical.example`;
});
/** Each test has its own workers, so that nobody but them takes its jobs. */
afterEach(() => Promise.all(product.instances('sync').map((worker) => worker.end('SIGTERM'))));

/** Where a worker can be stopped with a provider's answer in its socket that it has not read yet. */
const paths = {
  google: { calendars: '/calendarList$', events: '/events$' },
  microsoft: { calendars: '/me/calendars$', events: '/delta$' },
} as const;

function addPerson(provider: ProviderId): void {
  if (provider === 'google') product.google.addUser({ email });
  else product.microsoft.addUser({ email, name: 'Ada' });
}

function put(provider: ProviderId, id: string, title: string): void {
  const [start, end] = ['2027-01-11T09:00:00', '2027-01-11T10:00:00'].map((dateTime) => ({
    dateTime,
    timeZone: 'UTC',
  })) as [{ dateTime: string; timeZone: string }, { dateTime: string; timeZone: string }];
  if (provider === 'google') product.google.putEvent(email, email, { id, summary: title, start, end });
  else product.microsoft.putEvent(email, 'default', { id, subject: title, start, end });
}

function remove(provider: ProviderId, id: string): void {
  if (provider === 'google') product.google.deleteEvent(email, email, id);
  else product.microsoft.deleteEvent(email, 'default', id);
}

/** Connects and waits for the first sync. Gives the connection's id. */
async function connect(provider: ProviderId): Promise<string> {
  const { body } = await product.api.connect(provider, userId, (url) =>
    product[provider].authorize(url, { email }),
  );
  expect(body.status).toBe('connected');
  const id = String(body.connectionId);
  await until(async () => (await product.api.get(`/v1/connections/${id}`)).body.lastSyncedAt !== undefined);
  return id;
}

/** Stops the worker with its next request to the path on the way, and resolves when the answer lies in its socket. */
async function stopWithAnswer(provider: ProviderId, worker: Instance, path: string): Promise<void> {
  const { requests, fault } = product[provider];
  const before = requests.length;
  fault({ match: { path }, action: { type: 'delay', ms: 700 } });
  const request = await until(() => requests.slice(before).find((one) => new RegExp(path).test(one.path)));
  worker.signal('SIGSTOP');
  await until(() => request.status === 200);
}

/** What the worker says of the job that it was stopped in. */
async function endOfJobAfterWaking(worker: Instance): Promise<Record<string, unknown>> {
  const before = worker.lines.length;
  worker.signal('SIGCONT');
  return until(() => worker.lines.slice(before).find(({ msg }) => msg === 'job ended'));
}

const titles = async (): Promise<unknown[]> =>
  (await product.api.events(userId, '2027-01-01T00:00:00Z', '2027-02-01T00:00:00Z'))
    .map(({ title }) => title)
    .toSorted();

/** Everything that a stale writer could spoil, as it lies in the database. */
async function everything() {
  const database = client.db();
  const [connections, calendars, events] = await Promise.all(
    ['connections', 'calendars', 'events'].map((name) =>
      database.collection(name).find().sort({ _id: 1 }).toArray(),
    ),
  );
  return { connections, calendars, events };
}

describe('I5: a worker paused with SIGSTOP past its lock and lease, resumed after another finished, writes nothing', () => {
  it.each(
    providers.flatMap((provider) =>
      (['calendars', 'events'] as const).map((what) => [provider, what] as const),
    ),
  )('%s: stopped with the answer about %s in its hands', async (provider, what) => {
    addPerson(provider);
    put(provider, 'moved0', 'as it was');
    const stalled = await product.start('sync');
    const connectionId = await connect(provider);
    put(provider, 'moved0', 'as the stalled worker was told');
    put(provider, 'doomed0', 'gone by now');
    await product.api.post(`/v1/connections/${connectionId}/sync`, {});
    await stopWithAnswer(provider, stalled, paths[provider][what]);

    put(provider, 'moved0', 'as it is');
    remove(provider, 'doomed0');
    put(provider, 'added0', 'added meanwhile');
    const other = await product.start('sync');
    await until(async () => JSON.stringify(await titles()) === '["added meanwhile","as it is"]');
    await other.logged(({ msg, outcome }) => msg === 'job ended' && outcome === 'done');
    await other.end('SIGTERM');
    const before = await everything();

    const ended = await endOfJobAfterWaking(stalled);
    expect(await everything()).toEqual(before);
    expect(ended).toMatchObject({
      outcome: 'done',
      connectionId,
      result: { skipped: expect.stringContaining('lost its turn') },
    });
  });

  it.each(providers)(
    '%s: stopped in a refresh, it does not overwrite the credentials of a new authorization',
    async (provider) => {
      addPerson(provider);
      const stalled = await product.start('sync');
      const connectionId = await connect(provider);
      product[provider].expireAccessTokens(email);
      await product.api.post(`/v1/connections/${connectionId}/sync`, {});
      await stopWithAnswer(provider, stalled, '/token$');

      const again = await product.api.connect(provider, userId, (url) =>
        product[provider].authorize(url, { email }),
      );
      expect(again.body).toMatchObject({ status: 'connected', connectionId });
      const credentials = async (): Promise<unknown> =>
        (await everything()).connections?.map((connection) => connection['credentials']);
      const before = await credentials();

      await endOfJobAfterWaking(stalled);
      expect(await credentials()).toEqual(before);
    },
  );
});
