import { randomUUID } from 'node:crypto';

import { badRequest } from './graph-errors.ts';
import { isLoopback } from './subscription-request.ts';

export interface WebhookAnswer {
  /** 0 where none came in time. */
  status: number;
  contentType: string;
  text: string;
  isTimeout: boolean;
}

/**
 * POSTs to a subscriber and waits so many real milliseconds for its answer. Nothing but loopback is ever called: any
 * other host counts as one that does not answer.
 */
export async function callWebhook(
  url: string,
  request: { contentType: string; body: string },
  timeoutMs: number,
  closing: AbortSignal,
): Promise<WebhookAnswer> {
  const none = { status: 0, contentType: '', text: '', isTimeout: false };
  if (!isLoopback(new URL(url))) return none;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': request.contentType },
      body: request.body,
      redirect: 'manual',
      signal: AbortSignal.any([timeout, closing]),
    });
    const contentType = response.headers.get('content-type') ?? '';
    return { status: response.status, contentType, text: await response.text(), isTimeout: false };
  } catch {
    // Refused, cut or late: all the service knows is that there was no answer.
    return { ...none, isTimeout: timeout.aborted };
  }
}

/**
 * The handshake of a new subscription: the token has to come back decoded, as plain text (fact sheet, section 9).
 * @throws GraphError 400 `ValidationError`
 */
export async function shakeHands(url: string, timeoutMs: number, closing: AbortSignal): Promise<void> {
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()}`;
  const target = new URL(url);
  target.search += `${target.search === '' ? '?' : '&'}validationToken=${encodeURIComponent(token)}`;
  const request = { contentType: 'text/plain; charset=utf-8', body: '' };
  const answer = await callWebhook(target.href, request, timeoutMs, closing);
  if (answer.isTimeout) throw badRequest('ValidationError', 'Subscription validation request timed out.');
  if (answer.status !== 200 || !/^text\/plain\b/i.test(answer.contentType) || answer.text !== token)
    throw badRequest(
      'ValidationError',
      'Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.',
    );
}
