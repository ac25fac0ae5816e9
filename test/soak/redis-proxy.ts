import { createServer, connect, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * An address for Redis that stays while the servers behind it come and go: the product is configured once, and a
 * restart is to it what it is anywhere: connections break, then nobody answers, then somebody does.
 */
export interface RedisProxy {
  readonly url: string;
  /** Breaks every connection; until the next `lead` nobody answers. */
  cut(): void;
  /** Leads new connections there. */
  lead(redisUrl: string): void;
  close(): Promise<void>;
}

export async function startRedisProxy(redisUrl: string): Promise<RedisProxy> {
  let target: URL | undefined = new URL(redisUrl);
  const sockets = new Set<Socket>();
  const drop = (): void => sockets.forEach((socket) => socket.destroy());
  const hold = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A connection that breaks is what this is for.
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((client) => {
    hold(client);
    if (target === undefined) return void client.destroy();
    const upstream = connect({ host: target.hostname, port: Number(target.port) });
    hold(upstream);
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      target = undefined;
      drop();
    },
    lead: (to) => {
      target = new URL(to);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        drop();
      }),
  };
}
