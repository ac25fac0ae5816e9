import { expect, it } from 'vitest';
import { minutesLater, testNow } from '../../support/builders.ts';
import { testServices } from '../../support/services.ts';
import { startTcpProxy, through } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';
import { apiKey, openIntake } from './own-intake.ts';

const interview = (title: string) => ({
  organizer: { userId: 'ada' },
  title,
  start: minutesLater(60).toISOString(),
  end: minutesLater(120).toISOString(),
  timeZone: 'Europe/Berlin',
  attendees: [],
  sendInvitations: true,
});
const hold = (title: string) => ({
  organizer: { userId: 'ada' },
  title,
  timeZone: 'Europe/Berlin',
  slots: [{ start: minutesLater(60).toISOString(), end: minutesLater(120).toISOString() }],
  expiresAt: minutesLater(30).toISOString(),
});
const limitMs = 15_000;

/** Two processes of the intake on one database; the way of the one leads through a network that can stand still. */
async function twoIntakes() {
  const { mongodbUri } = testServices();
  const proxy = await startTcpProxy(mongodbUri);
  const clock = { ms: testNow.getTime() };
  const begun = { resolve: () => {} };
  const now = () => {
    begun.resolve();
    return new Date(clock.ms);
  };
  const slow = await openIntake({ mongodbUri: through(proxy, mongodbUri), deps: { now } });
  const other = await openIntake({ mongodbUri });
  return {
    proxy,
    slow,
    other,
    pass: (ms: number) => void (clock.ms += ms),
    /** Sends a request, which has come in when this resolves. */
    async sendTo(method: string, path: string, body: unknown, signal?: AbortSignal) {
      const came = Promise.withResolvers<void>();
      begun.resolve = came.resolve;
      const answer = fetch(`${slow.api.url}${path}`, {
        method,
        headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        ...(signal && { signal }),
      });
      // Whoever hangs up is told so before the test looks at it.
      answer.catch(() => undefined);
      await came.promise;
      return { answer };
    },
    async close() {
      await proxy.mend();
      await Promise.all([slow.close(), other.close()]);
      await proxy.close();
    },
  };
}

it.each([
  ['PUT', '/v1/interviews/late', interview],
  ['DELETE', '/v1/interviews/late', undefined],
  ['PUT', '/v1/holds/late', hold],
  ['DELETE', '/v1/holds/late', undefined],
] as const)(
  'what comes out of an outage after its time changes nothing that was said since: %s %s',
  async (method, path, make) => {
    const { proxy, slow, other, pass, sendTo, close } = await twoIntakes();
    try {
      const body = make ?? (path.includes('holds') ? hold : interview);
      expect((await other.api.call('PUT', path, body('First'))).status).toBe(201);
      await proxy.fail('stalled');
      const { answer } = await sendTo(method, path, make?.('Older') ?? {});
      pass(limitMs);
      const newer = await other.api.call('PUT', path, body('Newer'));
      expect(newer.status).toBe(200);
      await proxy.mend();
      const late = await answer;
      expect(late.status).toBe(503);
      expect(late.headers.get('Retry-After')).toBe('5');
      expect(await late.json()).toMatchObject({
        code: 'timeout',
        detail: expect.stringContaining('Nothing'),
      });
      expect((await slow.api.get(path)).body).toEqual(newer.body);
    } finally {
      await close();
    }
  },
);

it('what its sender has given up changes nothing any more', async () => {
  const { proxy, slow, other, sendTo, close } = await twoIntakes();
  try {
    await proxy.fail('stalled');
    const sender = new AbortController();
    const path = '/v1/interviews/given-up';
    const { answer } = await sendTo('PUT', path, interview('Older'), sender.signal);
    sender.abort();
    await expect(answer).rejects.toThrow('aborted');
    const newer = await other.api.call('PUT', path, interview('Newer'));
    expect(newer.status).toBe(201);
    await proxy.mend();
    await until(() => slow.logged.some((line) => line.includes('Nothing of this request was recorded')));
    expect((await slow.api.get(path)).body).toEqual(newer.body);
  } finally {
    await close();
  }
});
