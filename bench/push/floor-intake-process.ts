/**
 * The floor's side of a webhook: a bare HTTP handler that puts one job on a queue for each notification. The account is
 * what it gave the vendor along: Google's channel token, Microsoft's clientState.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { FloorOrder } from './floor.ts';

const { redisUrl, prefix } = JSON.parse(process.argv[2] ?? '') as FloorOrder;
const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
const queue = new Queue('floor', { connection: redis, prefix });
await queue.waitUntilReady();

const server = createServer((request, response) => {
  void accept(request).then(({ status, text }) =>
    response.writeHead(status, { 'content-type': 'text/plain' }).end(text),
  );
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
process.on('SIGINT', () => {});
process.once('disconnect', () => void close());

async function accept(request: IncomingMessage): Promise<{ status: number; text?: string }> {
  const handshake = new URL(request.url ?? '/', 'http://floor').searchParams.get('validationToken');
  if (handshake !== null) return { status: 200, text: handshake };
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
  for (const account of accountsOf(request, body)) {
    await queue.add('change', { account }, { removeOnComplete: true });
  }
  return { status: 202 };
}

function accountsOf({ headers }: IncomingMessage, body: string): string[] {
  if (headers['x-goog-resource-state'] === 'sync') return [];
  const token = headers['x-goog-channel-token'];
  if (typeof token === 'string') return [token];
  const { value } = JSON.parse(body) as { value: { clientState: string }[] };
  return value.map(({ clientState }) => clientState);
}

async function close(): Promise<void> {
  server.close();
  server.closeAllConnections();
  await queue.close();
  redis.disconnect();
}
