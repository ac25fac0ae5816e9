import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface NotifiedCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * The vendors' way to us where a test is about watches and not about what intake does with notifications: takes the
 * handshake, keeps what it is told and answers 202.
 */
export async function startNotified() {
  const calls: NotifiedCall[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const token = url.searchParams.get('validationToken');
    if (token !== null) return void response.writeHead(200, { 'content-type': 'text/plain' }).end(token);
    calls.push({ path: url.pathname, headers: request.headers, body });
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    /** As PUBLIC_URL. */
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
