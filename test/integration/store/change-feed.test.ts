import { EventEmitter, once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { nextChange, recordChange } from '../../../src/store/changes.ts';
import { inTransaction } from '../../../src/store/transaction.ts';
import { connectedAccount, minutesLater, testNow } from '../../support/builders.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();

async function newConnection(): Promise<string> {
  return (await connectedAccount(own.store, { userId: newUser() })).id;
}

/** Records a change as the store does, and keeps its transaction open until `meanwhile` is over. */
function record(connectionId: string, at: Date, meanwhile: () => Promise<unknown> = async () => undefined) {
  const { connections } = own.database;
  return inTransaction(own.database, async (session) => {
    const connection = await connections
      .findByIdAndUpdate(connectionId, nextChange(at), { session, returnDocument: 'after' })
      .lean();
    const data = { provider: 'google', reconnected: true } as const;
    await recordChange(own.database, session, connection!, { type: 'connection.connected', data });
    await meanwhile();
  });
}

interface Reader {
  after: number;
  readonly seen: { connectionId: string; sequence: number }[];
}

async function readOn(reader: Reader, limit = 50): Promise<boolean> {
  const page = await own.store.reads.changes({ after: reader.after, limit, now: testNow });
  if (page.type !== 'page') throw new Error(page.type);
  reader.seen.push(...page.changes.map(({ connectionId, sequence }) => ({ connectionId, sequence })));
  reader.after = page.position;
  return page.more;
}

async function readAll(reader: Reader, limit = 50): Promise<Reader> {
  while (await readOn(reader, limit));
  return reader;
}

const newReader = (): Reader => ({ after: 0, seen: [] });

describe('the change feed', () => {
  test('a change that looked at the clock first and is committed last comes after what was read before', async () => {
    const [slow, quick] = [await newConnection(), await newConnection()];
    const reader = await readAll(newReader());
    const started = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const late = record(slow, testNow, async () => {
      started.resolve();
      await mayCommit.promise;
    });
    await started.promise;
    await record(quick, minutesLater(5));
    await readAll(reader);
    expect(reader.seen.at(-1)).toEqual({ connectionId: quick, sequence: 2 });
    mayCommit.resolve();
    await late;
    await readAll(reader);
    expect(reader.seen.at(-1)).toEqual({ connectionId: slow, sequence: 2 });
  });

  test('one that is taken back never comes', async () => {
    const id = await newConnection();
    const reader = await readAll(newReader());
    const failing = record(id, testNow, async () => {
      await readAll(reader);
      throw new Error('the transaction fails');
    });
    await expect(failing).rejects.toThrow('the transaction fails');
    const before = reader.seen.length;
    await readAll(reader);
    expect(reader.seen).toHaveLength(before);
  });

  test('readers that read on while slow and quick transactions interleave see every change, once, in one order', async () => {
    const connections = await Promise.all(Array.from({ length: 8 }, newConnection));
    let seed = 7;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const reads = new EventEmitter().setMaxListeners(20);
    const ended = new AbortController();
    const afterReads = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 1) await once(reads, 'read');
    };
    const writers = connections.map(async (id) => {
      for (let n = 0; n < 15; n += 1) {
        // Clocks disagree, and a transaction stays open for as long as others read.
        const at = minutesLater(Math.floor(random() * 10));
        await record(id, at, () => afterReads(Math.floor(random() * 4)));
      }
    });
    const readers = Array.from({ length: 3 }, async (_, n) => {
      const reader = newReader();
      while (!ended.signal.aborted) {
        await readOn(reader, 3 + n * 20);
        reads.emit('read');
      }
      return readAll(reader);
    });
    await Promise.all(writers);
    ended.abort();
    const [first, ...others] = (await Promise.all(readers)).map(({ seen }) => seen);
    for (const other of others) expect(other).toEqual(first);
    for (const id of connections) {
      const numbers = first!
        .filter(({ connectionId }) => connectionId === id)
        .map(({ sequence }) => sequence);
      expect(numbers).toEqual(Array.from({ length: 16 }, (_, n) => n + 1));
    }
  }, 60_000);

  test('a reader that was killed while it gave places keeps nobody from reading what has one', async () => {
    const id = await newConnection();
    const reader = await readAll(newReader());
    const session = await own.database.connection.startSession();
    session.startTransaction();
    await own.database.feed.updateOne({ _id: 'feed' }, { $inc: { position: 1 } }, { session });
    await record(id, testNow);
    await readAll(reader);
    expect(await readAll(newReader())).toEqual(reader);
    await session.abortTransaction();
    await session.endSession();
    await readAll(reader);
    expect(reader.seen.at(-1)).toEqual({ connectionId: id, sequence: 2 });
  }, 30_000);

  test('says how long what follows a page is kept: as long as its last change, or the retention from the end on', async () => {
    const id = await newConnection();
    await record(id, minutesLater(1));
    await record(id, minutesLater(2));
    const { after } = await readAll(newReader());
    const page = async (position: number, limit: number, now: Date) =>
      own.store.reads.changes({ after: position, limit, now });
    const days30 = 30 * 24 * 60;
    expect(await page(after - 2, 1, minutesLater(500))).toMatchObject({
      more: true,
      completeUntil: minutesLater(days30 + 1 - 60),
    });
    expect(await page(after, 1, minutesLater(500))).toMatchObject({
      more: false,
      completeUntil: minutesLater(days30 + 500 - 60),
    });
  });

  test('a position that was never given is known as such', async () => {
    const { after } = await readAll(newReader());
    const query = { limit: 10, now: testNow };
    expect(await own.store.reads.changes({ ...query, after })).toMatchObject({ type: 'page', changes: [] });
    expect(await own.store.reads.changes({ ...query, after: after + 1 })).toEqual({
      type: 'unknown_position',
    });
  });
});
