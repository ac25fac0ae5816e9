import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { developmentKeys } from '../../../scripts/development-keys.ts';
import { readConfig } from '../../../src/config.ts';

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'calendar-sync-keys-'));
  onTestFinished(() => rm(made, { recursive: true }));
  return join(made, '.data');
}

it('keys that are missing are made once, kept for their owner alone, and fit the configuration', async () => {
  const dataDir = await folder();
  const first = await developmentKeys({}, dataDir);
  expect((await developmentKeys({}, dataDir)).values).toEqual(first.values);
  expect((await stat(first.file)).mode & 0o777).toBe(0o600);
  const servers = { MONGODB_URI: 'mongodb://127.0.0.1', REDIS_URL: 'redis://127.0.0.1' };
  expect(() => readConfig({ ...servers, ...first.values })).not.toThrow();
});

it('a key that is set stays what it is', async () => {
  const { values } = await developmentKeys({ CREDENTIAL_KEYS: 'mine' }, await folder());
  expect(Object.keys(values)).toEqual(['INTAKE_API_KEYS', 'ADMIN_PASSWORD']);
});

it('in production none is made up', async () => {
  expect((await developmentKeys({ NODE_ENV: 'production' }, await folder())).values).toEqual({});
});
