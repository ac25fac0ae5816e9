import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';

/** What answers a request: `app.fetch`. */
type FetchHandler = Parameters<typeof getRequestListener>[0];

export interface ServeOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How long requests may take to finish once it is closing. */
  readonly shutdownMs: number;
}

export interface Served {
  readonly host: string;
  readonly port: number;
  /** Takes nothing new, lets requests finish, and cuts what is still open at the end of the limit. Idempotent. */
  close(): Promise<void>;
}

/** Listens, or rejects with what the system said (`EADDRINUSE` …). */
export async function serve(fetch: FetchHandler, { host, port, shutdownMs }: ServeOptions): Promise<Served> {
  const server = createServer(limits, getRequestListener(fetch));
  server.listen(port, host);
  await once(server, 'listening');
  let closing: Promise<void> | undefined;
  return {
    host,
    port: portOf(server),
    close: () => (closing ??= closeServer(server, shutdownMs)),
  };
}

/**
 * A caller that dribbles its request is cut off. Kept-alive connections outlive those of the usual proxies (60 s), so
 * that a proxy never sends on one that is just being closed.
 */
const limits = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 };

const sweepMs = 50;

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no TCP port');
  return address.port;
}

async function closeServer(server: Server, limitMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // A connection whose last request ends from now on would be kept alive for nothing.
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
  const limit = setTimeout(() => server.closeAllConnections(), limitMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(limit);
}
