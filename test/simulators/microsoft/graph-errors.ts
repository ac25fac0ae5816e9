import { randomUUID } from 'node:crypto';

import type { Context } from 'hono';

/** An error answer of Graph (fact sheet, section 10). */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly status: 400 | 401 | 403 | 404 | 409 | 410 | 412 | 429;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(
    status: GraphError['status'],
    code: string,
    message: string,
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** `request-id` is on every answer; `client-request-id` repeats the caller's, or the request id where there was none. */
export function requestIds(c: Context): { requestId: string; clientRequestId: string } {
  const requestId = c.res.headers.get('request-id') ?? randomUUID();
  const clientRequestId = c.req.header('client-request-id') ?? requestId;
  c.header('request-id', requestId);
  c.header('client-request-id', clientRequestId);
  return { requestId, clientRequestId };
}

export function graphErrorAnswer(c: Context, error: GraphError, now: Date): Response {
  const { requestId, clientRequestId } = requestIds(c);
  for (const [name, value] of Object.entries(error.headers)) c.header(name, value);
  const innerError = {
    // Without a zone, as the service writes it.
    date: now.toISOString().slice(0, 19),
    'request-id': requestId,
    'client-request-id': clientRequestId,
  };
  return c.json({ error: { code: error.code, message: error.message, innerError } }, error.status);
}

export function notFound(): GraphError {
  return new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
}

export function badRequest(code: string, message: string): GraphError {
  return new GraphError(400, code, message);
}
