import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { afterEach, expect, it, vi } from 'vitest';

import { createExchangeHandler } from '../../simulators/exchange.ts';
import { createFaultQueue } from '../../simulators/faults.ts';

afterEach(() => {
  vi.useRealTimers();
});

function delayedExchange() {
  vi.useFakeTimers();
  const closing = new AbortController();
  const faults = createFaultQueue();
  faults.add({ match: { path: '/' }, action: { type: 'delay', ms: 60_000 } });
  const app = new Hono().get('/', (c) => c.text('done'));
  const handle = createExchangeHandler({
    app,
    contracts: [],
    faults,
    now: () => new Date(0),
    record: () => undefined,
    report: () => undefined,
    closing: closing.signal,
  });
  const answer = handle(new Request('http://localhost/'), {} as HttpBindings).then((response) =>
    response.text(),
  );
  return { answer, closing };
}

it('a delayed request is answered after its delay', async () => {
  const { answer } = delayedExchange();
  await vi.advanceTimersByTimeAsync(59_999);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await answer).toBe('done');
});

it('a simulator that closes leaves no delay behind', async () => {
  const { answer, closing } = delayedExchange();
  await vi.advanceTimersByTimeAsync(1);
  closing.abort();
  expect(await answer).toBe('done');
  expect(vi.getTimerCount()).toBe(0);
});
