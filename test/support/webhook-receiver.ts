import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A status, one with headers, or `never`: the request is taken and not answered. */
export type ReceiverAnswer =
  | number
  | { readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | 'never';

/** Somebody's webhook on 127.0.0.1: keeps what it is told and answers as given, then 204. */
export async function startWebhookReceiver(...answers: ReceiverAnswer[]) {
  const calls: ReceivedCall[] = [];
  const own = { usually: 204 as ReceiverAnswer };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      calls.push({ method, path, headers, body });
      reply(response, answers.shift() ?? own.usually);
    });
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: `http://127.0.0.1:${port}/webhook`,
    port,
    calls,
    /** For the next calls. */
    answerWith: (...next: ReceiverAnswer[]) => answers.push(...next),
    /** For all calls that nothing else was given for. */
    usually: (answer: ReceiverAnswer) => (own.usually = answer),
    close,
    /** At the same port, after `close`. */
    reopen: () => listen(port),
  };
}

export type WebhookReceiver = Awaited<ReturnType<typeof startWebhookReceiver>>;

function reply(response: ServerResponse, answer: ReceiverAnswer): void {
  if (answer === 'never') return;
  if (typeof answer === 'number') response.writeHead(answer).end();
  else response.writeHead(answer.status, answer.headers).end();
}
