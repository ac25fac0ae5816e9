import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One item of a notification POST. */
export interface Received {
  subscriptionId: string;
  changeType?: string;
  lifecycleEvent?: string;
  clientState?: string;
  tenantId?: string;
  resource?: string;
  subscriptionExpirationDateTime: string;
  resourceData?: Record<string, string>;
}

/** A subscriber's endpoint. It takes handshakes and answers notifications with whatever `answer` gives. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** What each POST carried, oldest first; handshakes apart. */
  readonly posts: Received[][];
  readonly handshakes: { path: string; contentType: string | undefined; token: string }[];
  /** How many POSTs were open at the same time. */
  mostAtOnce(): number;
  /** Status of the answer to a notification; 202 unless replaced. */
  answer: (items: Received[], path: string) => number | 'never';
  /** Body and type of the answer to a handshake. */
  greet: (token: string) => { status?: number; type?: string; text: string } | 'never';
}

export async function startReceiver(): Promise<Receiver> {
  const receiver = {
    posts: [] as Received[][],
    handshakes: [] as Receiver['handshakes'],
    answer: (() => 202) as Receiver['answer'],
    greet: ((token) => ({ text: token })) as Receiver['greet'],
  };
  let open = 0;
  let most = 0;
  const server = createServer(async (request, response) => {
    open += 1;
    most = Math.max(most, open);
    response.on('close', () => (open -= 1));
    const url = new URL(request.url ?? '/', 'http://localhost');
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const token = url.searchParams.get('validationToken');
    if (token === null) {
      const { value } = JSON.parse(body) as { value: Received[] };
      receiver.posts.push(value);
      const status = receiver.answer(value, url.pathname);
      if (status !== 'never') response.writeHead(status).end();
      return;
    }
    receiver.handshakes.push({ path: url.pathname, contentType: request.headers['content-type'], token });
    const greeting = receiver.greet(token);
    if (greeting === 'never') return;
    const { status = 200, type = 'text/plain', text } = greeting;
    response.writeHead(status, { 'content-type': type }).end(text);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return Object.assign(receiver, {
    mostAtOnce: () => most,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
