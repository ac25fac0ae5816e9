import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkStores, type StoreChecks } from './readiness.ts';

export interface OperatorServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly checks: StoreChecks;
  readonly metrics: { read(): Promise<{ readonly contentType: string; readonly body: string }> };
  readonly onError: (error: unknown, about: string) => void;
}

export interface OperatorServer {
  readonly port: number;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * /healthz, /readyz and /metrics of a process that serves nothing else. Without a key: it is for the inside of a
 * deployment, and tells numbers only. Listens, or rejects with what the system said (`EADDRINUSE` …).
 */
export async function startOperatorServer(options: OperatorServerOptions): Promise<OperatorServer> {
  const { host, port, onError } = options;
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    respond(options, request, response).catch((error: unknown) => {
      onError(error, 'request');
      if (response.headersSent) response.destroy();
      else answer(response, 500, { status: 'failed' });
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  let closing: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      (closing ??= (async () => {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      })()),
  };
}

async function respond(
  { checks, metrics, onError }: OperatorServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return answer(response, 405, { status: 'method_not_allowed' });
  }
  const path = request.url?.split('?')[0];
  switch (path) {
    case '/healthz':
      return answer(response, 200, { status: 'ok' });
    case '/readyz': {
      const readiness = await checkStores(checks, onError);
      return answer(response, readiness.status === 'ready' ? 200 : 503, readiness);
    }
    case '/metrics': {
      const { contentType, body } = await metrics.read();
      response.writeHead(200, { 'Content-Type': contentType }).end(body);
      return undefined;
    }
    default:
      return answer(response, 404, { status: 'not_found' });
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
