import { describe, expect, test } from 'vitest';
import type { Notification } from '../../../src/domain/notification.ts';
import type { ConnectionRecord, WatchRecord } from '../../../src/store/store.ts';
import { connectedAccount, minutesLater, syncTurn, testNow } from '../../support/builders.ts';
import { aWatch } from '../../support/watches.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore('monitorCommands=true');

const end = { now: testNow, nextSyncAt: minutesLater(10) };
const failed = { code: 'provider_unavailable', message: 'a fault', at: testNow } as const;
const calendarId = 'c'.repeat(24);

/** Synced once, so that nothing is due. */
async function synced(provider: ConnectionRecord['provider'] = 'google'): Promise<ConnectionRecord> {
  const connection = await connectedAccount(own.store, { userId: newUser(), provider });
  await own.store.facts.finishSync(await syncTurn(own.store, connection.id), end);
  return connection;
}

const documentOf = async ({ id }: Pick<ConnectionRecord, 'id'>) => {
  const found = await own.database.connections.findById(id).lean();
  if (found === null) throw new Error(`connection ${id} is gone`);
  return found;
};
const watchOf = async ({ id }: WatchRecord) => (await own.store.reads.watches([id])).get(id);

function notificationOf(watch: WatchRecord, over: Partial<Notification> = {}): Notification {
  const { provider, id, providerWatchId = 'named', resourceId } = watch;
  return { provider, kind: 'changed', watchId: id, providerWatchId, resourceId, ...over };
}

const told = (watch: WatchRecord, over: Partial<Notification> = {}, now = minutesLater(1)) =>
  own.store.intents.acceptNotification(watch, notificationOf(watch, over), now);

/** What the update commands of one action told the server, and what it said. */
async function updatesDuring(collection: string, doing: () => Promise<unknown>) {
  const client = own.database.connection.getClient();
  const started = new Map<number, unknown>();
  const seen: { writeConcern: unknown; nModified: unknown }[] = [];
  const onStarted = (event: { requestId: number; command: Record<string, unknown> }) => {
    if (event.command['update'] === collection) started.set(event.requestId, event.command['writeConcern']);
  };
  const onSucceeded = ({ requestId, reply }: { requestId: number; reply: unknown }) => {
    if (!started.has(requestId)) return;
    const { nModified } = reply as { nModified: number };
    seen.push({ writeConcern: started.get(requestId), nModified });
  };
  client.on('commandStarted', onStarted).on('commandSucceeded', onSucceeded);
  await doing();
  client.off('commandStarted', onStarted).off('commandSucceeded', onSucceeded);
  return seen;
}

describe('a notification that something changed', () => {
  test('I2: marks its calendar, or all of them, and makes the connection due', async () => {
    const connection = await synced();
    const watch = await aWatch(own.database, connection, { calendarId });
    const account = await aWatch(own.database, connection);
    expect(await told(watch)).toEqual({ marked: true, watchesDue: false });
    expect(await told(account)).toMatchObject({ marked: true });
    const { sync, nextSyncAt } = await documentOf(connection);
    expect(sync).toMatchObject({ touched: [calendarId, '*'], touchedAt: minutesLater(1), dirty: false });
    expect(nextSyncAt).toEqual(minutesLater(1));
    expect(await watchOf(watch)).toMatchObject({ lastNotifiedAt: minutesLater(1) });
  });

  test('I3: one that finds its mark writes nothing to the connection, and is as safe as the first', async () => {
    const connection = await synced();
    const watch = await aWatch(own.database, connection, { calendarId });
    await told(watch);
    const before = await documentOf(connection);
    const updates = await updatesDuring('connections', () => told(watch));
    expect(updates).toEqual([{ writeConcern: { w: 'majority' }, nModified: 0 }]);
    expect(await documentOf(connection)).toEqual(before);
  });

  test('the first of every second is written all the same: a primary that was deposed cannot acknowledge it', async () => {
    const connection = await synced();
    const watch = await aWatch(own.database, connection, { calendarId });
    await told(watch);
    const next = new Date(minutesLater(1).getTime() + 1000);
    const updates = await updatesDuring('connections', async () => {
      await told(watch, {}, next);
      await told(watch, {}, new Date(next.getTime() + 999));
    });
    expect(updates.map(({ nModified }) => nModified)).toEqual([1, 0]);
    expect((await documentOf(connection)).sync).toMatchObject({ touchedAt: minutesLater(1) });
  });

  test('I2: none is lost between many syncs that end while it comes in', async () => {
    const connection = await synced();
    const watch = await aWatch(own.database, connection, { calendarId });
    for (let n = 0; n < 25; n += 1) {
      const turn = await syncTurn(own.store, connection.id, minutesLater(1));
      await Promise.all([own.store.facts.finishSync(turn, end), told(watch)]);
      const { sync } = await documentOf(connection);
      expect(sync.touched).toEqual([calendarId]);
      expect(await own.store.facts.dueConnections(minutesLater(1), 1000)).toContain(connection.id);
    }
  });

  test('does not undo the back-off of a connection that fails, beyond a minute', async () => {
    const connection = await synced();
    const watch = await aWatch(own.database, connection, { calendarId });
    const hour = minutesLater(60);
    await own.store.facts.finishSync(await syncTurn(own.store, connection.id, minutesLater(1)), {
      now: minutesLater(1),
      nextSyncAt: hour,
      failure: failed,
    });
    expect(await told(watch, {}, minutesLater(2))).toMatchObject({ marked: false });
    await told(watch, {}, minutesLater(2.5));
    expect(await documentOf(connection)).toMatchObject({ nextSyncAt: minutesLater(3) });
    expect((await documentOf(connection)).sync.touched).toEqual([calendarId]);
  });

  test('marks nothing where the connection is not active', async () => {
    const revoked = await synced();
    await own.store.facts.markReauthRequired(revoked.id, 1, {
      code: 'grant_revoked',
      message: '',
      at: testNow,
    });
    const leaving = await synced();
    await own.store.intents.requestDisconnect(leaving.id, testNow);
    for (const connection of [revoked, leaving]) {
      const watch = await aWatch(own.database, connection, { calendarId });
      expect(await told(watch)).toMatchObject({ marked: false });
      expect((await documentOf(connection)).sync.touched).toBeUndefined();
    }
  });

  test('I10: marks the connection of its watch alone', async () => {
    const [connection, other] = [await synced(), await synced()];
    const before = await documentOf(other);
    await told(await aWatch(own.database, connection, { calendarId }));
    expect(await documentOf(other)).toEqual(before);
  });
});

describe('what is noted on a watch', () => {
  test('is Google’s number, which only grows', async () => {
    const watch = await aWatch(own.database, await synced(), { calendarId });
    await told(watch, { messageNumber: 9 });
    await told(watch, { messageNumber: 4 });
    expect(await watchOf(watch)).toMatchObject({ lastMessageNumber: 9 });
  });

  test('is that it speaks again', async () => {
    const watch = await aWatch(own.database, await synced(), { calendarId, silentSweeps: 3 });
    await told(watch);
    expect(await watchOf(watch)).toMatchObject({ silentSweeps: 0 });
  });

  test('is written at most every ten seconds where it says nothing else', async () => {
    const watch = await aWatch(own.database, await synced('microsoft'));
    await told(watch, {}, minutesLater(1));
    const noted = await watchOf(watch);
    const updates = await updatesDuring('watches', () => told(noted!, {}, minutesLater(1.1)));
    expect(updates).toEqual([]);
    await told(noted!, {}, minutesLater(1.2));
    expect(await watchOf(watch)).toMatchObject({ lastNotifiedAt: minutesLater(1.2) });
  });

  test('are the names of a watch whose making was never answered, and never over known ones', async () => {
    const connection = await synced('microsoft');
    const nameless = await aWatch(own.database, connection, {
      state: 'creating',
      providerWatchId: undefined,
    });
    await told(nameless, { providerWatchId: 'subscription-1' });
    expect(await watchOf(nameless)).toMatchObject({ state: 'creating', providerWatchId: 'subscription-1' });
    // Read before the answer was recorded, told after it.
    await told(nameless, { providerWatchId: 'subscription-2' });
    expect(await watchOf(nameless)).toMatchObject({ providerWatchId: 'subscription-1' });

    const channel = { state: 'creating', providerWatchId: undefined, resourceId: undefined } as const;
    const google = await aWatch(own.database, await synced(), channel);
    await told(google, { kind: 'confirmed', providerWatchId: google.id, resourceId: 'r', messageNumber: 1 });
    expect(await watchOf(google)).toMatchObject({
      providerWatchId: google.id,
      resourceId: 'r',
      lastMessageNumber: 1,
    });
  });
});

describe('what a vendor tells of the watch itself', () => {
  test('that it has begun marks nothing', async () => {
    const connection = await synced();
    const watch = await aWatch(own.database, connection, { calendarId });
    const before = await documentOf(connection);
    expect(await told(watch, { kind: 'confirmed', messageNumber: 1 })).toMatchObject({ marked: false });
    expect(await documentOf(connection)).toEqual(before);
    expect(await watchOf(watch)).toMatchObject({ lastMessageNumber: 1, lastNotifiedAt: minutesLater(1) });
  });

  test('that notifications were missed marks all calendars', async () => {
    const connection = await synced('microsoft');
    const watch = await aWatch(own.database, connection);
    expect(await told(watch, { kind: 'missed' })).toMatchObject({ marked: true });
    expect((await documentOf(connection)).sync.touched).toEqual(['*']);
  });

  test('that it has to be authorized makes it due to be renewed, and marks nothing', async () => {
    const connection = await synced('microsoft');
    const watch = await aWatch(own.database, connection);
    expect(await told(watch, { kind: 'reauthorization_required' })).toEqual({
      marked: false,
      watchesDue: true,
    });
    const { sync, nextWatchAt, nextSyncAt } = await documentOf(connection);
    expect({ touched: sync.touched, nextSyncAt }).toEqual({ touched: undefined, nextSyncAt: end.nextSyncAt });
    expect(nextWatchAt?.getTime()).toBeLessThanOrEqual(minutesLater(1).getTime());
    expect(await watchOf(watch)).toMatchObject({ renewAt: minutesLater(1) });
  });

  test('that it was removed forgets it, marks all calendars and asks for another', async () => {
    const connection = await synced('microsoft');
    const watch = await aWatch(own.database, connection);
    await own.database.connections.updateOne({ _id: connection.id }, { nextWatchAt: minutesLater(500) });
    expect(await told(watch, { kind: 'removed' })).toEqual({ marked: true, watchesDue: true });
    expect(await watchOf(watch)).toBeUndefined();
    expect(await documentOf(connection)).toMatchObject({
      nextWatchAt: minutesLater(1),
      sync: { touched: ['*'] },
    });
  });
});

test('watches are found by their ids alone, in one look-up, and strange ids find nothing', async () => {
  const watch = await aWatch(own.database, await synced());
  const found = await own.store.reads.watches([watch.id, 'f'.repeat(24), 'nonsense', watch.id]);
  expect([...found.keys()]).toEqual([watch.id]);
  const plan = await own.database.watches.find({ _id: { $in: [watch.id] } }).explain('queryPlanner');
  expect(JSON.stringify(plan)).toMatch(/IDHACK|IXSCAN|EXPRESS_IXSCAN/);
  expect(JSON.stringify(plan)).not.toContain('COLLSCAN');
});
