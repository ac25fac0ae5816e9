import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { mayFollow, type ToldChange } from './change-follower.ts';
import type { Difference } from './difference.ts';
import type { Tally } from './tally.ts';

/** The main app's webhook: checks what it is told, and at times is not well. */
export interface MainAppWebhook {
  readonly url: string;
  /** In the form of WEBHOOK_SECRETS. */
  readonly secret: string;
  /** The next so many deliveries get this answer; 0 cuts the connection. */
  answerWith(status: number, times: number): void;
  /**
   * Waits for what is under way, then gives where it was not told all of these changes, or those of a connection not in
   * their order, or something else.
   */
  compare(changes: readonly ToldChange[], tally: Tally<'comparisons' | 'deliveries'>): Promise<Difference[]>;
  close(): Promise<void>;
}

const patienceMs = 60_000;

export async function startMainAppWebhook(): Promise<MainAppWebhook> {
  const key = randomBytes(32);
  const arrived = new Map<string, ToldChange>();
  /** The first arrivals of each connection's changes, in the order in which they came. */
  const orders = new Map<string, ToldChange[]>();
  const refused: Difference[] = [];
  const answers: number[] = [];
  let deliveries = 0;

  const server = createServer((request, response) => {
    void receive(request).then(
      (status) => (status === 0 ? request.destroy() : response.writeHead(status).end()),
      () => request.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  async function receive(request: IncomingMessage): Promise<number> {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    const problem = problemOf(key, request, body);
    if (problem !== undefined) {
      refused.push({ where: 'webhook', field: problem, expected: undefined, stored: body });
      return 400;
    }
    const answer = answers.shift();
    if (answer !== undefined) return answer;
    deliveries += 1;
    keep(JSON.parse(body) as ToldChange);
    return 204;
  }

  function keep(change: ToldChange): void {
    if (arrived.has(change.id)) return;
    arrived.set(change.id, change);
    const { connectionId } = change;
    orders.set(connectionId, [...(orders.get(connectionId) ?? []), change]);
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/changes`,
    secret: `whsec_${key.toString('base64')}`,
    answerWith: (status, times) => void answers.push(...Array.from({ length: times }, () => status)),
    compare: async (changes, tally) => {
      answers.length = 0;
      const deadline = Date.now() + patienceMs;
      while (changes.some(({ id }) => !arrived.has(id)) && Date.now() < deadline) await sleep(100);
      tally.count('comparisons', 'changes by webhook', changes.length);
      tally.count('deliveries', 'to the main app', deliveries);
      deliveries = 0;
      return [
        ...refused.splice(0),
        ...changes.flatMap((change) => notTold(change, arrived)),
        ...outOfOrder(orders),
      ];
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** As a receiver checks it that knows the specification: github.com/standard-webhooks/standard-webhooks. */
function problemOf(key: Buffer, { headers }: IncomingMessage, body: string): string | undefined {
  const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((name) =>
    String(headers[`webhook-${name}`]),
  );
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return 'signed at another time';
  const content = `${id}.${timestamp}.${body}`;
  const expected = Buffer.from(`v1,${createHmac('sha256', key).update(content).digest('base64')}`);
  const isSigned = String(signature)
    .split(' ')
    .map((one) => Buffer.from(one))
    .some((one) => one.length === expected.length && timingSafeEqual(one, expected));
  if (!isSigned) return 'not signed';
  return (JSON.parse(body) as ToldChange).id === id ? undefined : 'another id';
}

function notTold(change: ToldChange, arrived: ReadonlyMap<string, ToldChange>): Difference[] {
  const told = arrived.get(change.id);
  if (JSON.stringify(told) === JSON.stringify(change)) return [];
  return [{ where: `webhook: ${change.type}`, field: 'not delivered', expected: change, stored: told }];
}

function outOfOrder(orders: ReadonlyMap<string, readonly ToldChange[]>): Difference[] {
  return [...orders].flatMap(([connectionId, changes]) =>
    changes.every((change, index) => mayFollow(change, changes[index - 1]?.sequence ?? 0))
      ? []
      : [
          {
            where: `webhook: connection ${connectionId}`,
            field: 'order',
            expected: 'ascending, from 1, without a gap',
            stored: changes.map(({ sequence }) => sequence).join(' '),
          },
        ],
  );
}
