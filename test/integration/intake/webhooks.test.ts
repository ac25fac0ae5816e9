import { describe, expect, it } from 'vitest';
import { webhookPaths } from '../../../src/domain/webhook-paths.ts';
import { minutesLater, testNow } from '../../support/builders.ts';
import { aWatch, type MadeWatch } from '../../support/watches.ts';
import { googleMessage, graphBatch, graphItem, lifecycleItem, send } from '../../support/webhook-calls.ts';
import { until } from '../../support/until.ts';
import { openIntake } from './own-intake.ts';
import { watchedIntake } from './watched-intake.ts';

const { intake, watched, post, everything, touchedOf, countedDuring } = watchedIntake();

describe('a genuine notification', () => {
  it('google trap 17: marks the calendar of its channel and queues a sync, whatever gap its number leaves', async () => {
    const { connection, watch } = await watched('google');
    const counted = await countedDuring(async () => {
      expect((await post(googleMessage(watch, { 'X-Goog-Message-Number': '4711' }))).status).toBe(204);
    });
    expect(counted).toEqual({ 'google accepted': 1 });
    expect(await touchedOf(connection)).toEqual([watch.calendarId]);
    expect(await intake.store.facts.dueConnections(testNow, 1000)).toContain(connection.id);
    const requestId = expect.any(String);
    expect(await intake.jobs('sync')).toContainEqual({
      name: 'sync-connection',
      data: { v: 1, connectionId: connection.id, onlyDue: true, requestId },
    });
  });

  it('of Microsoft marks all calendars of its account', async () => {
    const { connection, watch } = await watched('microsoft');
    expect((await post(graphBatch([graphItem(watch)]))).status).toBe(202);
    expect(await touchedOf(connection)).toEqual(['*']);
    expect(await intake.jobs('sync')).toContainEqual(
      expect.objectContaining({ data: expect.objectContaining({ connectionId: connection.id }) }),
    );
  });

  it('of Google that only opens the channel confirms it and marks nothing', async () => {
    const { connection } = await watched('google');
    const fields = { state: 'creating', providerWatchId: undefined, resourceId: undefined } as const;
    const watch = await aWatch(intake.database, connection, fields);
    const opening = {
      'X-Goog-Resource-State': 'sync',
      'X-Goog-Message-Number': '1',
      'X-Goog-Resource-ID': 'r',
    };
    expect((await post(googleMessage(watch, opening))).status).toBe(204);
    expect(await touchedOf(connection)).toBeUndefined();
    const known = (await intake.store.reads.watches([watch.id])).get(watch.id);
    expect(known).toMatchObject({ providerWatchId: watch.id, resourceId: 'r', lastMessageNumber: 1 });
    expect((await post(googleMessage(watch, { 'X-Goog-Resource-ID': 'other' }))).status).toBe(204);
    expect(await touchedOf(connection)).toBeUndefined();
  });

  it('counts for a watch that is being retired: it may tell what its successor was too late for', async () => {
    const { connection } = await watched('google');
    const watch = await aWatch(intake.database, connection, {
      state: 'retiring',
      calendarId: 'd'.repeat(24),
    });
    await post(googleMessage(watch));
    expect(await touchedOf(connection)).toEqual(['d'.repeat(24)]);
  });

  it('microsoft trap 21: created and then updated are one mark; lifecycle items have no change type', async () => {
    const { connection, watch } = await watched('microsoft');
    const other = await watched('microsoft');
    const counted = await countedDuring(async () => {
      await post(graphBatch([graphItem(watch, { changeType: 'created' }), graphItem(watch)]));
      await post(graphBatch([lifecycleItem(other.watch, 'missed')], webhookPaths.microsoftLifecycle));
    });
    expect(counted).toEqual({ 'microsoft accepted': 3 });
    expect(await touchedOf(connection)).toEqual(['*']);
    expect(await touchedOf(other.connection)).toEqual(['*']);
  });

  it('may come mixed with others in one request: each is judged by itself', async () => {
    const [one, two, three] = [
      await watched('microsoft'),
      await watched('microsoft'),
      await watched('microsoft'),
    ];
    const mixed = [
      graphItem(one.watch),
      graphItem(two.watch, { clientState: `${two.watch.id}.${one.watch.secret}` }),
      { nonsense: true },
      null,
      graphItem(three.watch),
    ];
    const counted = await countedDuring(() => post(graphBatch(mixed)));
    expect(counted).toEqual({ 'microsoft accepted': 2, 'microsoft forged': 1, 'microsoft malformed': 2 });
    const touched = await Promise.all([one, two, three].map(({ connection }) => touchedOf(connection)));
    expect(touched).toEqual([['*'], undefined, ['*']]);
  });

  it('that asks for an authorization or tells of a removal makes the watches due', async () => {
    const [asks, tells] = [await watched('microsoft'), await watched('microsoft')];
    const ids = [asks, tells].map(({ connection }) => connection.id);
    await intake.database.connections.updateMany({ _id: { $in: ids } }, { nextWatchAt: minutesLater(900) });
    const items = [
      lifecycleItem(asks.watch, 'reauthorizationRequired'),
      lifecycleItem(tells.watch, 'subscriptionRemoved'),
    ];
    await post(graphBatch(items, webhookPaths.microsoftLifecycle));
    const found = await intake.database.connections.find({ _id: { $in: ids } }).lean();
    expect(found.map(({ nextWatchAt }) => nextWatchAt)).toEqual([testNow, testNow]);
    const watches = await intake.store.reads.watches([asks.watch.id, tells.watch.id]);
    expect([...watches.keys()]).toEqual([asks.watch.id]);
    const queued = await intake.jobs('watch');
    expect(queued.map(({ name, data }) => [name, data['connectionId']]).toSorted()).toEqual(
      ids.map((id) => ['keep-watches', id]).toSorted(),
    );
  });

  it('that names a watch which was given up without a name makes it due to be stopped', async () => {
    for (const provider of ['google', 'microsoft'] as const) {
      const { connection } = await watched(provider);
      const lost = { state: 'retiring', providerWatchId: undefined, resourceId: undefined } as const;
      const watch = await aWatch(intake.database, connection, lost);
      const _id = connection.id;
      await intake.database.connections.updateOne({ _id }, { nextWatchAt: minutesLater(900) });
      await post(
        provider === 'google'
          ? googleMessage(watch, { 'X-Goog-Resource-ID': 'r' })
          : graphBatch([graphItem(watch, { subscriptionId: 'n1' })]),
      );
      const found = await intake.database.connections.findOne({ _id }).lean();
      expect(found?.nextWatchAt).toEqual(testNow);
      expect(await intake.jobs('watch')).toContainEqual(
        expect.objectContaining({ data: expect.objectContaining({ connectionId: connection.id }) }),
      );
    }
  });
});

describe('the handshake of Microsoft', () => {
  const token = 'Validation: Testing client application reachability for subscription Request-Id: 1+2 <b>&é';
  const shake = (path: string, text: string, url = intake.api.url) =>
    fetch(`${url}${path}?validationToken=${encodeURIComponent(text).replaceAll('%20', '+')}`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    });

  it.each([webhookPaths.microsoft, webhookPaths.microsoftLifecycle])(
    'microsoft trap 18: is answered at %s in plain text, decoded, without authentication',
    async (path) => {
      const before = await everything();
      const answer = await shake(path, token);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(await answer.text()).toBe(token);
      expect(await everything()).toEqual(before);
    },
  );

  it('gives nothing back that is longer than any token of Graph’s', async () => {
    const answer = await shake(webhookPaths.microsoft, 'x'.repeat(2049));
    expect({ status: answer.status, echoed: (await answer.text()).includes('xxx') }).toEqual({
      status: 400,
      echoed: false,
    });
  });

  it('asks no store', async () => {
    const never = () => new Promise<never>(() => undefined);
    const other = await openIntake({ deps: { reads: { ...intake.store.reads, watches: never } } });
    expect((await shake(webhookPaths.microsoft, token, other.api.url)).status).toBe(200);
    await other.close();
  });
});

describe('while a store is away', () => {
  const away = Object.assign(new Error('no server'), { name: 'MongoServerSelectionError' });

  it.each([
    ['does not answer', () => new Promise<never>(() => undefined)],
    ['says that it is away', () => Promise.reject(away)],
  ])(
    'microsoft trap 20: MongoDB that %s is a 503 within the three seconds, so that it comes again',
    async (_, watches) => {
      const { watch } = await watched('microsoft');
      const other = await openIntake({ deps: { reads: { ...intake.store.reads, watches } } });
      const startedAt = performance.now();
      const answer = await send(other.api.url, graphBatch([graphItem(watch)]));
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).not.toBeNull();
      expect(performance.now() - startedAt).toBeLessThan(3000);
      await other.close();
    },
  );

  it('I2: what was recorded too late for its answer is queued all the same', async () => {
    const { watch } = await watched('google');
    const late = Promise.withResolvers<{ marked: boolean; watchesDue: boolean }>();
    const queued: unknown[] = [];
    const enqueue = async (...job: unknown[]) => void queued.push(job);
    const other = await openIntake({
      deps: {
        producer: { enqueue },
        reads: intake.store.reads,
        intents: { ...intake.store.intents, acceptNotification: () => late.promise },
      },
    });
    expect((await send(other.api.url, googleMessage(watch))).status).toBe(503);
    expect(queued).toEqual([]);
    late.resolve({ marked: true, watchesDue: false });
    await until(() => queued.length === 1);
    await other.close();
  });

  it('more deliveries than can be worked on are sent away at once', async () => {
    const { watch } = await watched('google');
    const held = Promise.withResolvers<Map<string, MadeWatch>>();
    let asked = 0;
    const watches = () => {
      asked += 1;
      return held.promise;
    };
    const other = await openIntake({ deps: { reads: { ...intake.store.reads, watches } } });
    const waiting = Array.from({ length: 1000 }, () => send(other.api.url, googleMessage(watch)));
    await until(() => asked === 1000);
    expect((await send(other.api.url, googleMessage(watch))).status).toBe(503);
    held.resolve(new Map());
    await Promise.all(waiting);
    expect((await send(other.api.url, googleMessage(watch))).status).toBe(204);
    await other.close();
  });

  it('I1: a Redis that is away costs half a second and nothing else: the scheduler finds the mark', async () => {
    const { connection, watch } = await watched('google');
    const enqueue = () => new Promise<never>(() => undefined);
    const other = await openIntake({
      deps: { producer: { enqueue }, reads: intake.store.reads, intents: intake.store.intents },
    });
    const startedAt = performance.now();
    expect((await send(other.api.url, googleMessage(watch))).status).toBe(204);
    expect(performance.now() - startedAt).toBeLessThan(2000);
    await other.close();
    expect(await intake.store.facts.dueConnections(testNow, 1000)).toContain(connection.id);
  });
});
