import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../../src/store/index.ts';
import { openDatabase } from '../../../src/store/mongodb.ts';
import { testServices } from '../../support/services.ts';
import { connectedAccount } from '../../support/builders.ts';

/** A port on which nobody listens (any more). */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('opening the store', () => {
  test('many processes that start at once all get it, with the indexes made', async () => {
    const { mongodbUri } = testServices();
    const stores = await Promise.all(Array.from({ length: 8 }, () => openStore({ mongodbUri })));
    const database = await openDatabase({ mongodbUri });
    const indexes = await database.events.collection.indexes();
    expect(indexes.map(({ key }) => Object.keys(key).join())).toEqual([
      '_id',
      'calendarId,providerEventId',
      'calendarId,recurringEventId',
      'calendarId,start,_id,end,busy,kind,response,allDay,visibility,interviewId',
      'connectionId,calendarId',
    ]);
    await Promise.all([...stores.map((store) => store.close()), database.connection.close()]);
  });

  test('a database of an earlier version gets the new index of events in place of the old one, at any number of starts', async () => {
    const { mongodbUri } = testServices();
    const database = await openDatabase({ mongodbUri });
    const { collection } = database.events;
    const namesOf = async () => (await collection.indexes()).map(({ name }) => name).toSorted();
    const present = await namesOf();
    const old = { calendarId: 1, start: 1, _id: 1, end: 1, busy: 1, kind: 1, response: 1 } as const;
    await collection.dropIndex(present.find((name) => name?.endsWith('_interviewId_1')) ?? '');
    await collection.createIndex(old);
    const others = await Promise.all(Array.from({ length: 4 }, () => openDatabase({ mongodbUri })));
    expect(await namesOf()).toEqual(present);
    await Promise.all([database, ...others].map(({ connection }) => connection.close()));
  });

  test('opening again keeps what is stored', async () => {
    const { mongodbUri } = testServices();
    const first = await openStore({ mongodbUri });
    const { id } = await connectedAccount(first);
    await first.close();
    const second = await openStore({ mongodbUri });
    expect(await second.reads.connection(id)).toMatchObject({ id });
    await second.close();
  });

  test('attempts are kept for a day after they ran out', async () => {
    const database = await openDatabase({ mongodbUri: testServices().mongodbUri });
    const indexes = await database.attempts.collection.indexes();
    expect(indexes).toContainEqual(
      expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 86_400 }),
    );
    await database.connection.close();
  });

  test('an address where nothing listens is named, without user and password', async () => {
    const port = await closedPort();
    const uri = `mongodb://someone:secret-word@127.0.0.1:${port}/db?serverSelectionTimeoutMS=300`;
    const error = await openStore({ mongodbUri: uri }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(String(error)).toContain(`cannot connect to MongoDB at 127.0.0.1:${port}`);
    expect(String(error)).not.toMatch(/secret-word|someone/);
  });

  test('I9: an address that cannot be read is not quoted', async () => {
    for (const uri of ['mongodb://me:secret-word@', 'mongodb://me:secret/word@127.0.0.1/db', 'secret-word']) {
      const error = await openStore({ mongodbUri: uri }).then(
        () => undefined,
        (reason: Error) => reason,
      );
      expect(`${error?.message} ${String(error?.cause)}`).toMatch(/^store: /);
      expect(`${error?.message} ${String(error?.cause)}`).not.toContain('secret');
    }
  });

  test('the ping answers as long as the store is open, and closing twice is harmless', async () => {
    const store = await openStore({ mongodbUri: testServices().mongodbUri });
    await store.ping(2_000);
    await Promise.all([store.close(), store.close()]);
    await store.close();
    await expect(store.ping(2_000)).rejects.toThrow('must be connected');
  });
});
