import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface Replay {
  /** Origin, without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/**
 * Stands in front of a simulator and gives a successful answer to a GET again, without asking, when it is repeated by
 * the same caller. To make up an answer takes a simulator longer than it takes us to digest it; with that in the floor
 * and in ours alike, no ratio would say much.
 */
export async function replayInFrontOf(origin: string): Promise<Replay> {
  const agent = new Agent({ keepAlive: true });
  const recorded = new Map<string, Answer>();
  const server = createServer((incoming, outgoing) => {
    answerTo(incoming).then(
      (answer) => send(outgoing, answer),
      () => outgoing.destroy(),
    );
  });

  async function answerTo(incoming: IncomingMessage): Promise<Answer> {
    const key = keyOf(incoming);
    const known = recorded.get(key);
    if (known !== undefined) return known;
    const answer = await ask(origin, agent, incoming);
    if (incoming.method === 'GET' && answer.status === 200) recorded.set(key, answer);
    return answer;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      agent.destroy();
      await stop(server);
    },
  };
}

/** All that an answer depends on. */
function keyOf({ method, url, headers }: IncomingMessage): string {
  return JSON.stringify([method, url, headers.authorization, headers['prefer']]);
}

/** With the caller's own Host header, so that links in the answer lead back here. */
async function ask(origin: string, agent: Agent, incoming: IncomingMessage): Promise<Answer> {
  const { method, headers } = incoming;
  const outgoing = request(new URL(incoming.url ?? '/', origin), { method, headers, agent });
  incoming.pipe(outgoing);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const body = Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>));
  return { status: answer.statusCode ?? 502, headers: endToEnd(answer.headers), body };
}

/** RFC 9110 7.6.1. */
function endToEnd(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const {
    connection: _connection,
    'keep-alive': _keepAlive,
    'transfer-encoding': _encoding,
    ...rest
  } = headers;
  return rest;
}

function send(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  outgoing.writeHead(status, { ...headers, 'content-length': body.byteLength }).end(body);
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
