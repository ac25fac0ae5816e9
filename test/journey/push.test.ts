import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providerIds, type ProviderId } from '../../src/domain/provider-id.ts';
import { openDatabase, type Database } from '../../src/store/mongodb.ts';
import { deploy, type Deployment } from '../support/deployment.ts';
import { vendorsOf, type Appointment, type SimulatedVendors } from '../support/simulated-vendors.ts';
import { stored } from '../support/truth.ts';
import { until } from '../support/until.ts';

const hour = 3_600_000;
const tomorrow = new Date(Math.ceil(Date.now() / hour) * hour + 24 * hour);
const range = {
  start: new Date(tomorrow.getTime() - hour),
  end: new Date(tomorrow.getTime() + 20 * 24 * hour),
};
const emailOf = { google: 'ada@example.com', microsoft: 'grace@example.com' } as const;

let product: Deployment;
let vendors: SimulatedVendors;
let database: Database;
const primary = new Map<ProviderId, string>();
const connectionIds = new Map<ProviderId, string>();

// Polling is off as far as it can be: what arrives has come by push.
beforeAll(async () => {
  const seldom = { SYNC_INTERVAL_MINUTES: '1440', SYNC_SWEEP_MINUTES: '1440', SCHEDULER_TICK_SECONDS: '1' };
  product = await deploy(['all', 'scheduler'], seldom, { push: true });
  vendors = vendorsOf(product.google, product.microsoft);
  database = await openDatabase({ mongodbUri: product.env['MONGODB_URI'] ?? '' });
}, 120_000);
afterAll(async () => {
  await database.connection.close();
  await product.close();
});

const appointment = (title: string, hours: number): Appointment => {
  const start = new Date(tomorrow.getTime() + hours * hour);
  return { title, start, end: new Date(start.getTime() + hour) };
};

/** What the API tells of the user's events, in the order of their ids. */
async function seen(id: ProviderId): Promise<ReturnType<typeof stored>> {
  const events = await product.api.events(id, range.start.toISOString(), range.end.toISOString());
  return stored(events);
}

const truth = (id: ProviderId) => vendors[id].truth(emailOf[id], primary.get(id) ?? '', range);

/** Until the API shows what the provider has. */
async function visible(id: ProviderId): Promise<void> {
  const wanted = (): string => JSON.stringify(truth(id));
  await until(
    async () => JSON.stringify(await seen(id)) === wanted(),
    () => wanted(),
    30_000,
  );
}

/** Until no sync runs and nothing is marked. */
async function quiet(id: ProviderId): Promise<void> {
  await until(async () => {
    const found = await database.connections.findById(connectionIds.get(id)).lean();
    return found !== null && found.sync.leaseUntil === null && (found.sync.touched ?? []).length === 0;
  });
}

/** Puts a user's sweep at now. */
async function sweep(id: ProviderId): Promise<void> {
  const past = new Date(Date.now() - 1000);
  await database.connections.updateOne(
    { _id: String(connectionIds.get(id)) },
    { $set: { nextSyncAt: past, 'sync.sweepAt': past } },
  );
}

const listsRead = (id: ProviderId): number => {
  const path = new RegExp(vendors[id].paths.calendars);
  return vendors[id].simulator.requests.filter((request) => path.test(request.path)).length;
};

describe.each(providerIds)('push from %s', (id) => {
  it('begins by itself when somebody has connected', async () => {
    const email = emailOf[id];
    primary.set(id, vendors[id].addUser(email));
    vendors[id].put(email, primary.get(id) ?? '', appointment('There before', 0));
    const attempt = await product.api.connect(id, id, (url) => vendors[id].consent(url, email));
    expect(attempt.body).toMatchObject({ status: 'connected' });
    connectionIds.set(id, attempt.body.connectionId);
    const { connectionId } = attempt.body;
    await until(async () => (await database.watches.countDocuments({ connectionId, state: 'active' })) > 0);
    expect(vendors[id].watches(email)).toHaveLength(1);
    await visible(id);
  });

  it('shows what is created, changed and deleted, and reads nothing but the calendar for it', async () => {
    const email = emailOf[id];
    const calendarId = primary.get(id) ?? '';
    await quiet(id);
    const lists = listsRead(id);
    const event = vendors[id].put(email, calendarId, appointment('Created', 2));
    await visible(id);
    expect((await seen(id)).map(({ title }) => title)).toContain('Created');
    vendors[id].put(email, calendarId, appointment('Changed', 5), event);
    await visible(id);
    expect((await seen(id)).map(({ title }) => title)).toContain('Changed');
    vendors[id].remove(email, calendarId, event);
    await visible(id);
    expect((await seen(id)).map(({ title }) => title)).toEqual(['There before']);
    expect(listsRead(id)).toBe(lists);
  });

  it('is measured from the notification into the store', async () => {
    const measured = () =>
      product
        .instances('all')
        .flatMap(({ lines }) => lines)
        .filter((line) => line['provider'] === id && 'freshnessMs' in line);
    await until(() => measured().length >= 3);
    expect(measured().map((line) => line['scope'])).not.toContain('everything');
  });

  it('that lost a notification is made up for by the sweep', async () => {
    const email = emailOf[id];
    await quiet(id);
    const lists = listsRead(id);
    if (id === 'google') product.google.push.loseNext = 1;
    else product.microsoft.setBehaviour({ notifications: { lost: true } });
    vendors[id].put(email, primary.get(id) ?? '', appointment('Untold', 7));
    product.microsoft.setBehaviour({ notifications: { lost: false } });
    await sweep(id);
    await visible(id);
    expect(listsRead(id)).toBeGreaterThan(lists);
  });
});

describe('what Microsoft tells of a subscription', () => {
  const email = emailOf.microsoft;
  const subscriptionId = (): string => vendors.microsoft.watches(email)[0] ?? '';

  it('missed: everything that was not told is read', async () => {
    await quiet('microsoft');
    product.microsoft.setBehaviour({ notifications: { lost: true } });
    vendors.microsoft.put(email, primary.get('microsoft') ?? '', appointment('Missed', 9));
    product.microsoft.setBehaviour({ notifications: { lost: false } });
    product.microsoft.sendLifecycle(subscriptionId(), 'missed');
    await visible('microsoft');
    expect((await seen('microsoft')).map(({ title }) => title)).toContain('Missed');
  });

  it('reauthorizationRequired: it is renewed', async () => {
    const watch = () => database.watches.findOne({ provider: 'microsoft', state: 'active' }).lean();
    const before = await watch();
    product.microsoft.sendLifecycle(subscriptionId(), 'reauthorizationRequired');
    await until(async () => (await watch())?.expiresAt.getTime() !== before?.expiresAt.getTime());
    expect((await watch())?._id).toEqual(before?._id);
  });

  it('subscriptionRemoved: another one takes its place, and nothing in between is lost', async () => {
    const before = await database.watches.findOne({ provider: 'microsoft', state: 'active' }).lean();
    product.microsoft.sendLifecycle(subscriptionId(), 'subscriptionRemoved');
    await until(async () => {
      const now = await database.watches.findOne({ provider: 'microsoft', state: 'active' }).lean();
      return now !== null && !now._id.equals(before?._id);
    });
    vendors.microsoft.put(email, primary.get('microsoft') ?? '', appointment('Afterwards', 11));
    await visible('microsoft');
    expect(vendors.microsoft.watches(email)).toHaveLength(1);
  });
});
