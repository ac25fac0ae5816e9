import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { storeOver } from '../../../src/store/index.ts';
import { openDatabase, type Database } from '../../../src/store/mongodb.ts';
import type { Store } from '../../../src/store/store.ts';
import { testNow } from '../../support/builders.ts';
import { testServices } from '../../support/services.ts';
import { startTcpProxy, through, type TcpProxy } from '../../support/tcp-proxy.ts';
import { aHold, newHold, span } from './holds-world.ts';
import { aWish, newInterview } from './interviews-world.ts';
import { newUser } from './own-store.ts';

/** Two processes on one database. The way of the one leads through a network that can stand still. */
const world: { store?: Store; slow?: Store; database?: Database; proxy?: TcpProxy } = {};

beforeAll(async () => {
  const { mongodbUri } = testServices();
  world.proxy = await startTcpProxy(mongodbUri);
  world.database = await openDatabase({ mongodbUri });
  world.store = storeOver(world.database);
  world.slow = storeOver(await openDatabase({ mongodbUri: through(world.proxy, mongodbUri) }));
});
beforeEach(() => proxy().mend());
afterAll(async () => {
  await proxy().mend();
  await world.slow?.close();
  await world.store?.close();
  await world.proxy?.close();
});

const given = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('opened by beforeAll');
  return value;
};
const proxy = () => given(world.proxy);
const intents = () => given(world.store).intents;
const late = () => given(world.slow).intents;
const stored = async ({ id, holdId }: Ids) => ({
  interview: await given(world.store).reads.interview(id),
  hold: await given(world.store).reads.hold(holdId),
  slots: await given(world.store).reads.interviewsOfHold(holdId),
});

interface Ids {
  readonly id: string;
  readonly holdId: string;
  readonly userId: string;
}
interface Asked {
  readonly stillAwaited: () => void;
}
type Request = (store: Store['intents'], ids: Ids, asked?: Asked) => Promise<unknown>;

const wanted = (userId: string) => aWish(userId, { start: span(600, 660).start, end: span(600, 660).end });
const heldWith = (userId: string, title: string) => aHold(userId, { title });

const put =
  (title: string, more = {}): Request =>
  (store, { id, userId }, asked) =>
    store.putInterview(id, { ...wanted(userId), title, ...more }, testNow, asked);
const take: Request = (store, { id, userId, holdId }, asked) =>
  store.putInterview(id, { ...wanted(userId), title: 'Of a hold', holdId }, testNow, asked);
const withdraw: Request = (store, { id }, asked) => store.withdrawInterview(id, testNow, undefined, asked);
const hold =
  (title: string): Request =>
  (store, { holdId, userId }, asked) =>
    store.putHold(holdId, heldWith(userId, title), testNow, asked);
const release: Request = (store, { holdId }, asked) => store.releaseHold(holdId, testNow, asked);

const failing: Request = (_, { id }) =>
  given(world.database).interviews.updateOne({ _id: id }, { $set: { state: 'failed' } });

async function begin(...before: readonly Request[]): Promise<Ids> {
  const ids = { id: newInterview(), holdId: newHold(), userId: newUser() };
  for (const request of before) await request(intents(), ids);
  return ids;
}

class NobodyWaits extends Error {}

describe('a request whose reading comes back when nobody waits any more', () => {
  test.each<[string, readonly Request[], Request, Request]>([
    ['a first body', [], put('Older'), put('Newer')],
    ['another body', [put('First')], put('Older'), put('Newer')],
    ['a body that takes a slot of a hold', [put('First'), hold('Held')], take, put('Newer')],
    ['a withdrawal', [put('First')], withdraw, put('Newer')],
    ['a first hold', [], hold('Older'), hold('Newer')],
    ['another hold', [hold('First')], hold('Older'), hold('Newer')],
    ['a release', [hold('First')], release, hold('Newer')],
  ])('records nothing: %s', async (_, before, older, newer) => {
    const ids = await begin(...before);
    let isOver = false;
    await proxy().fail('stalled');
    const answer = older(late(), ids, {
      stillAwaited: () => {
        if (isOver) throw new NobodyWaits();
      },
    });
    await newer(intents(), ids);
    isOver = true;
    const after = await stored(ids);
    await proxy().mend();
    await expect(answer).rejects.toThrow(NobodyWaits);
    expect(await stored(ids)).toEqual(after);
  });

  test.each<[string, readonly Request[], Request]>([
    ['a body that takes a slot of a hold', [put('First'), hold('Held')], take],
    ['another hold', [hold('First')], hold('Older')],
    ['a release', [hold('First')], release],
  ])('commits nothing where it has written already: %s', async (_, before, older) => {
    const ids = await begin(...before);
    const untouched = await stored(ids);
    let asked = 0;
    const stillAwaited = () => {
      asked += 1;
      if (asked === 2) throw new NobodyWaits();
    };
    await expect(older(late(), ids, { stillAwaited })).rejects.toThrow(NobodyWaits);
    expect(await stored(ids)).toEqual(untouched);
  });
});

describe('a write that was sent in time and lands late', () => {
  test.each<[string, readonly Request[], Request, Request]>([
    ['a first body after another first body', [], put('Older'), put('Newer')],
    ['another body after another one', [put('First')], put('Older'), put('Newer')],
    ['another body after a withdrawal', [put('First')], put('Older'), withdraw],
    ['another body after a withdrawal that was none', [put('First'), withdraw], put('Older'), withdraw],
    ['another body after the body that was there', [put('First')], put('Older'), put('First')],
    [
      'the same body of one that has failed after a withdrawal',
      [put('First'), failing],
      put('First'),
      withdraw,
    ],
    ['a withdrawal after another body', [put('First')], withdraw, put('Newer')],
    ['a withdrawal after the body that was there', [put('First')], withdraw, put('First')],
    ['a slot that is taken after its hold was released', [put('First'), hold('Held')], take, release],
    ['a slot that is taken after a withdrawal', [put('First'), hold('Held')], take, withdraw],
    ['a first hold after another', [], hold('Older'), hold('Newer')],
    ['another hold after another', [hold('First')], hold('Older'), hold('Newer')],
    ['another hold after the one that was there', [hold('First')], hold('Older'), hold('First')],
    ['another hold after its release', [hold('First')], hold('Older'), release],
    ['another hold after a release that was none', [hold('First'), release], hold('Older'), release],
    ['a release after another hold', [hold('First')], release, hold('Newer')],
    ['a release after the hold that was there', [hold('First')], release, hold('First')],
  ])('changes nothing that was answered since: %s', async (_, before, older, newer) => {
    const ids = await begin(...before);
    const sent = Promise.withResolvers<void>();
    let asked = 0;
    const answer = older(late(), ids, {
      stillAwaited: () => {
        asked += 1;
        if (asked > 1) throw new NobodyWaits();
        // From here on nothing of what it sends arrives.
        void proxy().fail('stalled');
        sent.resolve();
      },
    });
    await Promise.race([sent.promise, answer]);
    await newer(intents(), ids);
    const after = await stored(ids);
    await proxy().mend();
    await expect(answer).rejects.toThrow(NobodyWaits);
    expect(await stored(ids)).toEqual(after);
  });
});

describe('a commit that was sent in time and lands late', () => {
  test.each<[string, readonly Request[], Request, Request, object]>([
    [
      'another hold, and the one that was there',
      [hold('First')],
      hold('Older'),
      hold('First'),
      { hold: { requested: { title: 'First' } } },
    ],
    [
      'another hold, and a release that was none',
      [hold('First'), release],
      hold('Older'),
      release,
      { hold: { state: 'released' } },
    ],
    [
      'a slot that is taken, and the body that was there',
      [put('First'), hold('Held')],
      take,
      put('First'),
      { interview: { requested: { title: 'First' } }, hold: { state: 'confirmed' } },
    ],
    [
      'a slot that is taken, and a withdrawal',
      [put('First'), hold('Held')],
      take,
      withdraw,
      { interview: { state: 'cancelling' }, hold: { state: 'confirmed' } },
    ],
  ])('is there before the next request is answered: %s', async (_, before, older, newer, result) => {
    const ids = await begin(...before);
    const sent = Promise.withResolvers<void>();
    let asked = 0;
    const first = older(late(), ids, {
      stillAwaited: () => {
        asked += 1;
        if (asked === 1) return;
        void proxy().fail('stalled');
        sent.resolve();
      },
    });
    await Promise.race([sent.promise, first]);
    const hasRead = Promise.withResolvers<void>();
    const next = newer(intents(), ids, { stillAwaited: () => hasRead.resolve() });
    await hasRead.promise;
    await proxy().mend();
    await Promise.all([first, next]);
    expect(await stored(ids)).toMatchObject(result);
  });
});
