import { describe, expect, it } from 'vitest';
import { isOutage } from '../../../src/intake/failures.ts';
import { fakeIntake } from './fake-intake.ts';
import type { Reads } from '../../../src/store/store.ts';

const named = (name: string, message = 'x') => Object.assign(new Error(message), { name });
const path = '/v1/users/ada/connections';

/** Every reading fails with this error. */
const failing = (error: unknown): Reads =>
  new Proxy({} as Reads, {
    get: () => async () => {
      throw error;
    },
  });

describe('what handlers throw', () => {
  it('a defect is answered with its request id alone, and logged whole', async () => {
    const intake = fakeIntake({ reads: failing(new TypeError('secret detail of the defect')) });
    const answer = await intake.send('GET', path);
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({
      code: 'internal',
      requestId: answer.headers.get('X-Request-Id'),
    });
    expect(text).not.toContain('secret detail');
    expect(intake.logged.join('')).toContain('secret detail of the defect');
  });

  it('a MongoDB that is away is answered with 503 and when to come back', async () => {
    const intake = fakeIntake({ reads: failing(named('MongoServerSelectionError')) });
    const answer = await intake.send('GET', path);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('Retry-After')).toBe('5');
    expect(await answer.json()).toMatchObject({ code: 'unavailable' });
  });

  it.each([
    [
      'a primary that steps down',
      Object.assign(new Error('x'), { errorLabels: ['RetryableWriteError'] }),
      true,
    ],
    ['a refused connection', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), true],
    ['a closed Redis connection', new Error('Connection is closed.'), true],
    ['an outage behind another error', new Error('x', { cause: named('MongoNetworkError') }), true],
    ['a duplicate key', Object.assign(named('MongoServerError'), { code: 11000 }), false],
    ['a defect', new TypeError('x is not a function'), false],
    ['something thrown that is no error', 'MongoNetworkError', false],
  ])('%s', (_, error, outage) => {
    expect(isOutage(error)).toBe(outage);
  });
});
