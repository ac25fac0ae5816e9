import { describe, expect, it } from 'vitest';
import { isOutage } from '../../src/outage.ts';

const named = (name: string) => Object.assign(new Error('x'), { name });
const mongodb = (code: number) => Object.assign(named('MongoServerError'), { code });

describe('whether MongoDB or Redis is away', () => {
  it.each([
    [
      'a primary that steps down',
      Object.assign(new Error('x'), { errorLabels: ['RetryableWriteError'] }),
      true,
    ],
    ['a primary that is none any more, met by a reading', mongodb(13435), true],
    ['a server that shuts down', mongodb(11600), true],
    ['a code that means something else elsewhere', Object.assign(new Error('x'), { code: 11600 }), false],
    ['a refused connection', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), true],
    ['a closed Redis connection', new Error('Connection is closed.'), true],
    ['an outage behind another error', new Error('x', { cause: named('MongoNetworkError') }), true],
    ['a duplicate key', mongodb(11000), false],
    ['a defect', new TypeError('x is not a function'), false],
    ['something thrown that is no error', 'MongoNetworkError', false],
  ])('%s', (_, error, outage) => {
    expect(isOutage(error)).toBe(outage);
  });
});
