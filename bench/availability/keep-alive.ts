import { Agent, request } from 'node:http';

export interface KeptConnection {
  /** The answer as JSON. Rejects where it is not 200. */
  post(path: string, body: string): Promise<unknown>;
  close(): void;
}

/** A client that adds as little as it can: one socket that is never closed. */
export function keepConnection(url: string, apiKey: string): KeptConnection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    post: async (path, body) => {
      const { status, text } = await send(agent, `${url}${path}`, apiKey, body);
      if (status !== 200) throw new Error(`the intake answered ${status}: ${text}`);
      return JSON.parse(text);
    },
    close: () => agent.destroy(),
  };
}

function send(
  agent: Agent,
  url: string,
  apiKey: string,
  body: string,
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    readonly status: number | undefined;
    readonly text: string;
  }>();
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () =>
      resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString('utf8') }),
    );
    answer.on('error', reject);
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}
