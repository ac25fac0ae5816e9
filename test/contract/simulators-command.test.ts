import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseEnv } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readConfig } from '../../src/config.ts';

describe('the command that starts the simulators alone', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'simulators-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const start = (...args: string[]) => spawn(process.execPath, ['scripts/simulators.ts', ...args]);
  const seedFile = (seed: object): string => {
    const file = join(folder, 'seed.json');
    writeFileSync(file, JSON.stringify(seed));
    return file;
  };

  it('prints a configuration that the service takes, serves what was seeded, and ends with Ctrl-C', async () => {
    const seed = seedFile({ google: [{ path: '/users', body: { email: 'ada@example.com' } }] });
    const child = start('--seed', seed, '--redirect-uri', 'http://localhost:5173/settings');
    try {
      const lines: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        lines.push(line);
        if (line.includes('Ctrl-C')) break;
      }
      const env = parseEnv(lines.join('\n'));
      const config = readConfig({
        ...env,
        INTAKE_API_KEYS: 'a-key-of-sixteen-characters',
        CREDENTIAL_KEYS: `${'A'.repeat(43)}=`,
        MONGODB_URI: 'mongodb://localhost',
        REDIS_URL: 'redis://localhost',
      });
      expect(config.redirectUris).toEqual(['http://localhost:5173/settings']);
      expect(config.microsoft?.graphUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\.0$/);
      const { origin } = new URL(config.google?.tokenUrl ?? '');
      const counts = await fetch(`${origin}/_control/counts`);
      expect(await counts.json()).toHaveProperty(['ada@example.com']);
      child.kill('SIGINT');
      expect(await once(child, 'exit')).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.each([
    [['--google-port', 'x'], 'a port is a whole number'],
    [['--seed', 'no-such-file.json'], 'no-such-file.json'],
    [['--colour', 'red'], '--colour'],
  ])('says in one line what is wrong with %j', async (args, mentioned) => {
    const child = start(...args);
    let said = '';
    child.stderr.on('data', (part: Buffer) => (said += part.toString()));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(said).toContain(mentioned);
    expect(said).not.toContain('    at ');
  });

  it('ends at once when the seed is refused', async () => {
    const child = start('--seed', seedFile({ microsoft: [{ path: '/nowhere' }] }));
    let said = '';
    child.stderr.on('data', (part: Buffer) => (said += part.toString()));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(said).toContain('POST /nowhere was answered 404');
  });
});
