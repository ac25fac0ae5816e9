import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployFragile, type FragileDeployment, type Instance } from '../support/deployment.ts';
import { outageMs, outages } from '../support/tcp-proxy.ts';
import { googleTruth, microsoftTruth, stored } from '../support/truth.ts';
import { until } from '../support/until.ts';

const [from, to] = [new Date('2027-01-04T00:00:00Z'), new Date('2027-03-15T00:00:00Z')] as const;
const hour = (index: number): string => new Date(from.getTime() + index * 3_600_000).toISOString();
const ada = { userId: 'user-ada', email: 'ada@analytical.example', provider: 'google' } as const;
const grace = { userId: 'user-grace', email: 'grace@harbor.example', provider: 'microsoft' } as const;
const people = [ada, grace] as const;

let product: FragileDeployment;
/** The ids of the connections, by user. */
const connections = new Map<string, string>();
/** The hour of the next event, so that no two overlap and each can be told apart in an availability. */
let nextHour = 0;

beforeAll(async () => {
  product = await deployFragile(['all', 'all', 'scheduler']);
  product.google.addUser({ email: ada.email, timeZone: 'UTC' });
  product.microsoft.addUser({ email: grace.email, name: 'Grace', timeZone: 'UTC' });
  product.google.behaviour.pageSizeLimit = 20;
  for (let events = 0; events < 60; events += 1) addEverywhere();
  for (const person of people) {
    const { body } = await connect(person);
    connections.set(person.userId, String(body.connectionId));
  }
  await caughtUp();
});
afterAll(() => product.close());

const connect = ({ provider, userId, email }: (typeof people)[number]) =>
  product.api.connect(provider, userId, (url) => product[provider].authorize(url, { email }));

/** An event that both of them have from now on. */
function addEverywhere(): void {
  nextHour += 2;
  const [start, end] = [hour(nextHour), hour(nextHour + 1)];
  product.google.putEvent(ada.email, ada.email, {
    summary: `event ${nextHour}`,
    start: { dateTime: start },
    end: { dateTime: end },
  });
  const utc = (dateTime: string) => ({ dateTime: dateTime.slice(0, 19), timeZone: 'UTC' });
  product.microsoft.putEvent(grace.email, 'default', {
    subject: `event ${nextHour}`,
    start: utc(start),
    end: utc(end),
  });
}

function truth() {
  const range = [from, to] as const;
  return {
    ada: googleTruth(product.google, ada.email, range),
    grace: microsoftTruth(product.microsoft, grace.email, range),
  };
}

async function caughtUp(): Promise<void> {
  const read = async (userId: string) =>
    stored(await product.api.events(userId, from.toISOString(), to.toISOString()));
  const both = async () => ({ ada: await read(ada.userId), grace: await read(grace.userId) });
  await until(
    // An intake that does not answer yet is asked again.
    async () => JSON.stringify(await both().catch(() => undefined)) === JSON.stringify(truth()),
    () => JSON.stringify(instances().map(({ role, lines }) => [role, lines.slice(-6)])),
  );
  expect(await both()).toEqual(truth());
}

/** What a main app does that is answered 503: it asks again. */
async function askForSync(userId: string): Promise<void> {
  const statuses = new Set<number>();
  await until(async () => {
    const { status } = await product.api.post(`/v1/connections/${connections.get(userId)}/sync`, {});
    statuses.add(status);
    return status === 202;
  });
  expect([...statuses].filter((status) => ![202, 503].includes(status))).toEqual([]);
}

/**
 * Asks for everybody's availability until told to stop. Counts who was fresh, and gives what I7 forbids: whoever is said
 * to be fresh has at least what was stored before the outage. Also an answer that is neither one nor a 503.
 */
async function availabilityUntil(stop: AbortSignal, known: readonly string[]) {
  const question = {
    groups: [{ members: people.map(({ userId }) => ({ userId })), required: 'all' }],
    from: from.toISOString(),
    to: to.toISOString(),
  };
  const wrong: unknown[] = [];
  let timesFresh = 0;
  do {
    const { status, body } = await product.api.post('/v1/availability', question);
    await sleep(askedAgainAfterMs);
    if (status === 503) continue;
    if (status !== 200) wrong.push({ status, body });
    const participants: Participant[] = status === 200 ? body.participants : [];
    for (const { userId, busy } of participants.filter(({ freshness }) => freshness.state === 'fresh')) {
      timesFresh += 1;
      const blocked = (at: string): boolean => busy.some(({ start, end }) => start <= at && at < end);
      wrong.push(...known.filter((start) => !blocked(start)).map((start) => ({ userId, free: start })));
    }
  } while (!stop.aborted);
  return { wrong, timesFresh };
}

/** So that intake has time for more than this question. */
const askedAgainAfterMs = 100;

interface Participant {
  readonly userId: string;
  readonly freshness: { readonly state: string };
  readonly busy: readonly { readonly start: string; readonly end: string }[];
}

/** When the events begin that both have. */
const allKnown = (): string[] => Array.from({ length: nextHour / 2 }, (_, index) => hour(2 * (index + 1)));

const instances = (): Instance[] =>
  (['intake', 'all', 'scheduler'] as const).flatMap((role) => product.instances(role));

/** Every listing takes its time, so that what follows falls into its middle. */
function slowDown(): void {
  product.google.fault({ match: { path: '/events$' }, times: 4, action: { type: 'delay', ms: 700 } });
  product.microsoft.fault({ match: { path: '/delta$' }, times: 4, action: { type: 'delay', ms: 700 } });
}

const listings = (): number =>
  [...product.google.requests, ...product.microsoft.requests].filter(({ path }) =>
    /\/(events|delta)$/.test(path),
  ).length;

const servers = ['redis', 'mongodb'] as const;

describe('a server that goes away in the middle of syncs, and comes back', () => {
  it.each(servers.flatMap((server) => outages.map((outage) => [server, outage] as const)))(
    '%s %s: everything is caught up with, nothing is lost, nobody is restarted and nobody free wrongly',
    async (server, outage) => {
      const known = allKnown();
      addEverywhere();
      slowDown();
      const before = listings();
      await Promise.all(people.map(({ userId }) => askForSync(userId)));
      await until(() => listings() > before);

      await product[server].fail(outage);
      addEverywhere();
      const asked = people.map(({ userId }) => askForSync(userId));
      const over = AbortSignal.timeout(outageMs);
      const meanwhile = availabilityUntil(over, known);
      await once(over, 'abort');
      await product[server].mend();

      await Promise.all(asked);
      await caughtUp();
      expect((await meanwhile).wrong).toEqual([]);
      expect(await availabilityUntil(AbortSignal.abort(), allKnown())).toEqual({ wrong: [], timesFresh: 2 });
      expect(instances().filter((one) => !one.isAlive())).toEqual([]);
    },
  );
});
