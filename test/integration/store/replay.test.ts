import { mongo } from 'mongoose';
import { expect, test } from 'vitest';
import { connectedAccount, minutesLater, testNow } from '../../support/builders.ts';
import { ownStore } from './own-store.ts';

const own = ownStore('monitorCommands=true');

/** Copies of a change, each at a minute of its own, that were given up. */
async function failedChanges(connectionId: string, count: number): Promise<void> {
  const { changes } = own.database;
  const template = await changes.findOne({ connectionId }).lean();
  const delivery = { state: 'failed', attempts: 9, since: testNow, nextAt: testNow };
  const copies = Array.from({ length: count }, (_, n) => ({
    ...template,
    _id: new mongo.ObjectId(),
    seq: n + 2,
    at: minutesLater(n),
    delivery,
  }));
  await changes.collection.insertMany(copies);
}

/** How many documents each update found, in order. */
async function updatesDuring(doing: () => Promise<unknown>): Promise<number[]> {
  const found: number[] = [];
  const client = own.database.connection.getClient();
  const note = ({ commandName, reply }: mongo.CommandSucceededEvent): void => {
    if (commandName === 'update') found.push((reply as { n: number }).n);
  };
  client.on('commandSucceeded', note);
  await doing();
  client.off('commandSucceeded', note);
  return found;
}

test('a replay for all connections goes through the changes in parts, and takes each once', async () => {
  const { id } = await connectedAccount(own.store);
  await failedChanges(id, 20_500);
  const { replayDeliveries } = own.store.facts;
  const replay = { since: minutesLater(500), states: ['failed'] } as const;
  const parts = await updatesDuring(async () => {
    expect(await replayDeliveries(replay, minutesLater(30_000))).toBe(20_000);
  });
  expect(parts).toHaveLength(3);
  expect(Math.max(...parts)).toBeLessThanOrEqual(10_000);
  expect(await own.database.changes.countDocuments({ 'delivery.state': 'pending' })).toBe(20_000);
  expect(await replayDeliveries(replay, minutesLater(30_000))).toBe(0);
});
