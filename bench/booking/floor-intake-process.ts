/** The floor's side of a booking: a bare HTTP handler that puts one job on a queue for each PUT. */
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { FloorJob, FloorOrder } from './floor-order.ts';
import type { Wish } from './wishes.ts';

const { redisUrl, prefix } = JSON.parse(process.argv[2] ?? '') as FloorOrder;
const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
const queue = new Queue<FloorJob>('floor', { connection: redis, prefix });
await queue.waitUntilReady();

const server = createServer((request, response) => {
  void accept(request).then(() => response.writeHead(202).end());
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
process.on('SIGINT', () => {});
process.once('disconnect', () => void close());

async function accept(request: IncomingMessage): Promise<void> {
  const interviewId = (request.url ?? '').split('/').at(-1) ?? '';
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
  const wish = JSON.parse(body) as Wish;
  await queue.add('write', { interviewId, wish }, { removeOnComplete: true });
}

async function close(): Promise<void> {
  server.close();
  server.closeAllConnections();
  await queue.close();
  redis.disconnect();
}
