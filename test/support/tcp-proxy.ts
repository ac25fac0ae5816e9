import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * How a server can be away.
 * - `cut`: connections break, and those that are tried break at once: a balancer with nobody behind it.
 * - `refused`: connections break, and nobody listens: a server that was stopped.
 * - `stalled`: connections stay and nothing passes; all of it passes afterwards: a server under SIGSTOP.
 * - `lost`: connections stay and what is sent on them is never heard of, then and afterwards: half-open TCP.
 */
export const outages = ['cut', 'refused', 'stalled', 'lost'] as const;
/** How long a test takes a server away: seconds, and a minute with OUTAGE_SECONDS=60. */
// oxlint-disable-next-line node/no-process-env
export const outageMs = 1000 * Number(process.env['OUTAGE_SECONDS'] ?? 5);
export type Outage = (typeof outages)[number];

/**
 * An address for a server that stays while what is behind it comes and goes: the product is configured once, and an
 * outage is to it what it is anywhere.
 */
export interface TcpProxy {
  readonly port: number;
  fail(outage: Outage): Promise<void>;
  mend(): Promise<void>;
  /** Leads new connections there: an address of any scheme, with host and port. */
  lead(address: string): void;
  close(): Promise<void>;
}

/** The same address, through the proxy. A MongoDB driver is kept from asking the replica set for the way past it. */
export function through({ port }: Pick<TcpProxy, 'port'>, address: string): string {
  const url = new URL(address);
  url.host = `127.0.0.1:${port}`;
  if (url.protocol === 'mongodb:') {
    url.searchParams.delete('replicaSet');
    url.searchParams.set('directConnection', 'true');
  }
  return url.href;
}

export async function startTcpProxy(address: string): Promise<TcpProxy> {
  let target = new URL(address);
  let state: Outage | 'up' = 'up';
  const pairs = new Set<Pair>();

  // Half-open, so that a `lost` connection answers not even a goodbye.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (state === 'cut') return void client.on('error', () => undefined).destroy();
    const pair = createPair(client, target, () => pairs.delete(pair));
    pairs.add(pair);
    if (state === 'stalled') pair.hold();
    if (state === 'lost') pair.lose();
  });
  const port = await listen(server, 0);
  const breakAll = (): void => pairs.forEach((pair) => pair.destroy());

  return {
    port,
    async fail(outage) {
      state = outage;
      if (outage === 'stalled') return pairs.forEach((pair) => pair.hold());
      if (outage === 'lost') return pairs.forEach((pair) => pair.lose());
      const closed = outage === 'refused' ? stopListening(server) : undefined;
      breakAll();
      await closed;
    },
    async mend() {
      state = 'up';
      pairs.forEach((pair) => pair.go());
      if (!server.listening) await listen(server, port);
    },
    lead: (to) => {
      target = new URL(to);
    },
    async close() {
      const closed = stopListening(server);
      breakAll();
      await closed;
    },
  };
}

/** A connection of the product and the one that is made for it. */
interface Pair {
  hold(): void;
  go(): void;
  lose(): void;
  destroy(): void;
}

function createPair(client: Socket, { hostname, port }: URL, onGone: () => void): Pair {
  const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const destroy = (): void => {
    client.destroy();
    upstream.destroy();
    onGone();
  };
  let lost = false;
  // A connection that breaks is what this is for.
  client.on('error', destroy).on('close', destroy);
  upstream.on('error', () => lost || destroy()).on('close', () => lost || destroy());
  const hold = (): void => {
    client.unpipe(upstream);
    upstream.unpipe(client);
  };
  const go = (): void => {
    if (lost) return;
    hold();
    client.pipe(upstream).pipe(client);
  };
  go();
  return {
    hold,
    go,
    destroy,
    lose: () => {
      lost = true;
      hold();
      client.resume();
      upstream.destroy();
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Resolves when the last connection is gone, too. */
async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  await closed;
}
