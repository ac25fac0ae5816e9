import { describe, expect, it } from 'vitest';
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
});
