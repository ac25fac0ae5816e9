import { setTimeout as sleep } from 'node:timers/promises';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syncRuns, untilQuiet } from '../../bench/push/connected-people.ts';
import { providerIds, type ProviderId } from '../../src/domain/provider-id.ts';
import { webhookPaths } from '../../src/domain/webhook-paths.ts';
import type { ToldChange } from '../soak/change-follower.ts';
import { startMainAppWebhook, type MainAppWebhook } from '../soak/main-app-webhook.ts';
import { createTally } from '../soak/tally.ts';
import { deployFragile, type FragileDeployment } from '../support/deployment.ts';
import { vendorsOf, type Appointment, type SimulatedVendors } from '../support/simulated-vendors.ts';
import { outageMs } from '../support/tcp-proxy.ts';
import { stored } from '../support/truth.ts';
import { until } from '../support/until.ts';

const changes = 320;
const peopleOfEach = 4;
const syncsAfterAtMost = 2;
/** So long before and after the outage the storm blows as well. */
const edgeMs = 1500;
/** The outage, what the providers wait before they tell again, and a busy machine. */
const timeout = 3 * outageMs + 150_000;

const hour = 3_600_000;
const tomorrow = Math.ceil(Date.now() / hour) * hour + 24 * hour;
const range = { start: new Date(tomorrow - hour), end: new Date(tomorrow + 90 * 24 * hour) };

interface Person {
  readonly provider: ProviderId;
  readonly email: string;
  readonly calendarId: string;
  /** The ids of what is in the calendar, oldest first. */
  readonly events: string[];
}

let webhook: MainAppWebhook;
let product: FragileDeployment;
let vendors: SimulatedVendors;
let client: mongo.MongoClient;
let people: Person[];

// Neither polled nor audited: what arrives has come by push.
beforeAll(async () => {
  webhook = await startMainAppWebhook();
  const over = {
    SYNC_INTERVAL_MINUTES: '1440',
    SYNC_SWEEP_MINUTES: '1440',
    AUDIT_SAMPLE_PERCENT: '0',
    WEBHOOK_URL: webhook.url,
    WEBHOOK_SECRETS: webhook.secret,
    WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true',
  };
  product = await deployFragile(['all', 'all', 'scheduler'], over, { push: true });
  client = new mongo.MongoClient(product.mongodbUri);
  vendors = vendorsOf(product.google, product.microsoft);
  product.google.push.retryDelaysMs = [100, 400, 1600, ...Array.from({ length: 40 }, () => 3000)];
  // An endpoint that a busy machine makes slow would be left alone for ten minutes.
  product.microsoft.setBehaviour({ notifications: { judgesEndpoints: false } });
  people = Array.from({ length: peopleOfEach }, (_, n) =>
    providerIds.map((provider) => newPerson(provider, `${provider}${n}@storm.example`)),
  ).flat();
  await Promise.all(people.map(connect));
  await until(
    async () =>
      (await database().collection('watches').countDocuments({ state: 'active' })) === people.length,
  );
  await untilQuiet(database());
}, 180_000);
afterAll(async () => {
  await client.close();
  await product.close();
  await webhook.close();
});

const database = (): mongo.Db => client.db();

function newPerson(provider: ProviderId, email: string): Person {
  const person: Person = { provider, email, calendarId: vendors[provider].addUser(email), events: [] };
  for (let n = 0; n < 10; n += 1) create(person, n);
  return person;
}

/** The user of an account bears its address. */
async function connect({ provider, email }: Person): Promise<void> {
  const consent = (url: string): Promise<URL> => vendors[provider].consent(url, email);
  const { body } = await product.api.connect(provider, email, consent);
  expect(body).toMatchObject({ status: 'connected' });
}

function appointment(title: string, n: number): Appointment {
  const start = new Date(tomorrow + n * 4 * hour);
  return { title, start, end: new Date(start.getTime() + hour) };
}

function create({ provider, email, calendarId, events }: Person, n: number): void {
  events.push(vendors[provider].put(email, calendarId, appointment(`created ${n}`, n)));
}

/** One change in the calendar: most of them are new entries, some others are edited, some removed. */
function change(person: Person, n: number): void {
  const { provider, email, calendarId, events } = person;
  const [oldest = '', second = ''] = events;
  if (n % 5 === 4) vendors[provider].remove(email, calendarId, events.shift() ?? oldest);
  else if (n % 5 === 2) vendors[provider].put(email, calendarId, appointment(`edited ${n}`, n), second);
  else create(person, n);
}

/**
 * Evenly, for as long as the outage and somewhat longer: everybody's calendar changes by turns, and once it has calmed down
 * those of the first half alone. What the others were told last falls into the outage.
 */
async function storm(calmer: AbortSignal): Promise<void> {
  const pauseMs = (outageMs + 2 * edgeMs) / changes;
  const startedAt = performance.now();
  for (let n = 0; n < changes; n += 1) {
    const blownAt = calmer.aborted ? people.length / 2 : people.length;
    change(people[n % blownAt]!, Math.floor(n / people.length) + 10);
    await sleep(Math.max(0, startedAt + n * pauseMs - performance.now()));
  }
}

/** Until the providers have told everything, and been told that it was taken. */
async function allTold(): Promise<void> {
  await product.google.pushesSettled();
  const settled = async () => (await product.microsoft.deliverNotifications()) === 0;
  await until(settled, () => 'Microsoft has notifications left', timeout);
}

async function caughtUp(): Promise<void> {
  for (const { provider, email, calendarId } of people) {
    const read = async () =>
      stored(await product.api.events(email, range.start.toISOString(), range.end.toISOString()));
    const truth = vendors[provider].truth(email, calendarId, range);
    // What differs is said by the comparison that follows.
    await until(async () => JSON.stringify(await read()) === JSON.stringify(truth)).catch(() => undefined);
    expect(await read()).toEqual(truth);
  }
}

/** How intake has answered notifications so far. */
const answersOfIntake = (): unknown[] =>
  product
    .instances('intake')
    .flatMap(({ lines }) => lines)
    .filter(({ route }) => Object.values<unknown>(webhookPaths).includes(route))
    .map(({ status }) => status);

const isSuccess = (status: unknown): boolean => [200, 202, 204].includes(Number(status));

/** Everything that the main app can read of what it was to be told. */
async function feed(): Promise<ToldChange[]> {
  const told: ToldChange[] = [];
  for (let after = ''; ;) {
    const { status, body } = await product.api.get(`/v1/changes?limit=500${after}`);
    expect(status).toBe(200);
    told.push(...(body.changes as ToldChange[]));
    if (body.more === false) return told;
    after = `&after=${String(body.nextCursor)}`;
  }
}

describe('a storm of notifications during which a server is away', { timeout }, () => {
  it.each(['redis', 'mongodb'] as const)(
    '%s: all of them are taken, the calendars are read twice afterwards at most, and the main app hears of everything',
    async (server) => {
      const before = answersOfIntake().length;
      const blowing = storm(AbortSignal.timeout(edgeMs + outageMs / 2));
      await sleep(edgeMs);
      await product[server].fail('refused');
      const atFailure = answersOfIntake().length;
      await sleep(outageMs);
      const meanwhile = answersOfIntake().slice(atFailure).filter(isSuccess);
      await product[server].mend();
      await blowing;
      await allTold();

      const atEnd = await syncRuns(database());
      await untilQuiet(database());
      await caughtUp();
      const atRest = await syncRuns(database());
      const after = [...atRest].map(([user, runs]) => ({ user, runs: runs - (atEnd.get(user) ?? 0) }));
      expect(after.filter(({ runs }) => runs > syncsAfterAtMost)).toEqual([]);

      const answers = answersOfIntake().slice(before);
      expect(answers.filter((status) => !isSuccess(status) && status !== 503)).toEqual([]);
      expect(answers.filter(isSuccess).length).toBeGreaterThanOrEqual(changes);
      expect(answers.includes(503) || server === 'redis').toBe(true);
      // Without Redis they are taken all the same: MongoDB has the marks, and the scheduler finds them.
      expect(meanwhile.length > 0 || server === 'mongodb').toBe(true);
      expect(product.google.pushes.filter(({ outcome }) => outcome !== 'delivered')).toEqual([]);

      const told = await feed();
      expect(await webhook.compare(told, createTally())).toEqual([]);
      const named = new Set(told.flatMap(({ data }) => data.eventIds ?? []));
      expect(people.flatMap(({ events }) => events).filter((id) => !named.has(id))).toEqual([]);
    },
  );
});
