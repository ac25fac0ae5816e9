/**
 * The floor's worker: one request to the vendor and one write for each job. Cursors and tokens are in memory; nothing is
 * checked, recorded or protected.
 */
import { once } from 'node:events';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { mongo } from 'mongoose';
import { readChanges, type FloorAccount } from './floor-listing.ts';
import type { FloorOrder } from './floor.ts';

const { redisUrl, prefix, mongodbUri, concurrency } = JSON.parse(process.argv[2] ?? '') as FloorOrder;
const client = await mongo.MongoClient.connect(mongodbUri, { writeConcern: { w: 'majority' } });
const events = client.db().collection<{ _id: string; title: string }>('events');
const [given] = (await once(process, 'message')) as [FloorAccount[]];
const accounts = new Map(given.map((account) => [account.email, account]));

const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
const worker = new Worker<{ account: string }>('floor', async ({ data }) => change(data.account), {
  connection: redis,
  prefix,
  concurrency,
});
await worker.waitUntilReady();
process.send?.('ready');
process.on('SIGINT', () => {});
process.once('disconnect', () => void close());

async function change(email: string): Promise<void> {
  const account = accounts.get(email);
  if (account === undefined) throw new Error(`no account ${email}`);
  const { cursorUrl, items } = await readChanges(account);
  account.cursorUrl = cursorUrl;
  for (const { id, title } of items) {
    await events.updateOne({ _id: `${email}/${id}` }, { $set: { title } });
  }
}

async function close(): Promise<void> {
  await worker.close();
  redis.disconnect();
  await client.close();
}
