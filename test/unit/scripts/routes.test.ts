import { describe, expect, it } from 'vitest';
import { type Route, StartRefused, takeFirst } from '../../../scripts/services/routes.ts';

const works = (name: string): Route<string> => ({ name, attempt: async () => `from ${name}` });
const fails = (name: string, error: Error): Route<string> => ({ name, attempt: () => Promise.reject(error) });

describe('choosing a route to a server', () => {
  it('takes the first that works and tries none after it', async () => {
    const untouched = fails('late', new StartRefused('must not be tried'));
    const taken = await takeFirst(
      'Redis',
      [fails('PATH', new Error('absent')), works('Docker'), untouched],
      '',
    );
    expect(taken).toEqual({ route: 'Docker', server: 'from Docker' });
  });

  it('lists every route with its reason, and what to do, when none works', async () => {
    const routes = [
      fails('PATH', new Error('absent')),
      fails('Docker', new Error('first line\nsecond line')),
    ];
    await expect(takeFirst('Redis', routes, 'Install Redis.')).rejects.toThrow(
      'Redis could not be started. Tried:\n  - PATH: absent\n  - Docker: first line\n    second line\nInstall Redis.',
    );
  });

  it('stops at a refusal, which no other route may get round', async () => {
    const routes = [fails('PATH', new StartRefused('the folder is in use')), works('Docker')];
    await expect(takeFirst('Redis', routes, '')).rejects.toThrow(new StartRefused('the folder is in use'));
  });
});
