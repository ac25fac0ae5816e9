import { describe, expect, it } from 'vitest';
import { planStart } from '../../../scripts/start-plan.ts';

const MONGODB_URI = 'mongodb://db.example/calendar-sync';
const REDIS_URL = 'redis://cache.example';

describe('the servers of npm start', () => {
  it('are the given ones where both are given', () => {
    const given = { mongodbUri: MONGODB_URI, redisUrl: REDIS_URL, embedded: [] };
    expect(planStart({ MONGODB_URI, REDIS_URL })).toEqual(given);
    expect(planStart({ MONGODB_URI, REDIS_URL, NODE_ENV: 'production' })).toEqual(given);
  });

  it('are embedded where an address is missing or empty', () => {
    expect(planStart({ MONGODB_URI, REDIS_URL: ' ' })).toEqual({
      mongodbUri: MONGODB_URI,
      embedded: ['REDIS_URL'],
    });
    expect(planStart({})).toEqual({ embedded: ['MONGODB_URI', 'REDIS_URL'] });
  });

  it('are never embedded in production', () => {
    expect(() => planStart({ NODE_ENV: 'production' })).toThrow(
      /production and MONGODB_URI and REDIS_URL not set/,
    );
    expect(() => planStart({ NODE_ENV: 'production', MONGODB_URI })).toThrow(
      /production and REDIS_URL not set/,
    );
  });
});
