import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface ConnectionCounter {
  /** Leads to the target. */
  readonly url: string;
  /** Connections that a client holds open now. */
  open(): number;
  close(): Promise<void>;
}

/** A door of its own to a server, at which the connections can be counted. */
export async function startConnectionCounter(target: string): Promise<ConnectionCounter> {
  const { hostname, port } = new URL(target);
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    const onward = connect(Number(port), hostname);
    clients.add(client);
    client.once('close', () => {
      clients.delete(client);
      onward.destroy();
    });
    onward.once('close', () => client.destroy());
    // A reset by either end is an end like any other.
    for (const socket of [client, onward]) socket.on('error', () => socket.destroy());
    client.pipe(onward).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => clients.size,
    close: () =>
      new Promise((resolve) => {
        for (const client of clients) client.destroy();
        server.close(() => resolve());
      }),
  };
}
