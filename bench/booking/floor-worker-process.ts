/**
 * The floor's worker: one request to the vendor for each job, and then one write. Tokens and the vendors' ids are in
 * memory; nothing is checked, recorded beforehand or protected.
 */
import { once } from 'node:events';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { mongo } from 'mongoose';
import { floorCollection, type FloorJob, type FloorOrder, type FloorScript } from './floor-order.ts';
import { floorRequest } from './floor-requests.ts';

const { redisUrl, prefix, mongodbUri, concurrency } = JSON.parse(process.argv[2] ?? '') as FloorOrder;
const [{ accounts: given, templates }] = (await once(process, 'message')) as [FloorScript];
const accounts = new Map(given.map((account) => [account.email, account]));
const eventIds = new Map<string, string>();

const client = await mongo.MongoClient.connect(mongodbUri, { writeConcern: { w: 'majority' } });
const written = client.db().collection<{ _id: string; revision: number }>(floorCollection);
const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
const worker = new Worker<FloorJob>('floor', async ({ data }) => write(data), {
  connection: redis,
  prefix,
  concurrency,
});
worker.on('failed', (_job, error) => process.stderr.write(`the floor: ${error.message}\n`));
await worker.waitUntilReady();
process.send?.('ready');
process.on('SIGINT', () => {});
process.once('disconnect', () => void close());

async function write({ interviewId, wish }: FloorJob): Promise<void> {
  const account = accounts.get(wish.organizer.userId);
  if (account === undefined) throw new Error(`no account ${wish.organizer.userId}`);
  const eventId = eventIds.get(interviewId);
  const template = templates[account.vendor][eventId === undefined ? 'book' : 'move'];
  const { url, ...request } = floorRequest(template, { account, interviewId, wish, eventId });
  const answer = await fetch(url, request);
  if (!answer.ok) throw new Error(`the vendor answered ${answer.status}: ${await answer.text()}`);
  const { id } = (await answer.json()) as { id: string };
  eventIds.set(interviewId, id);
  await written.updateOne({ _id: interviewId }, { $inc: { revision: 1 } }, { upsert: true });
}

async function close(): Promise<void> {
  await worker.close();
  redis.disconnect();
  await client.close();
}
