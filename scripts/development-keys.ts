/**
 * Keys for `npm start` outside production, so that it runs with nothing but client ids in `.env`: made once and kept
 * beside the embedded servers' data, because what one key sealed only that key opens again.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

type Environment = Readonly<Record<string, string | undefined>>;

const makers = {
  INTAKE_API_KEYS: () => randomBytes(24).toString('base64url'),
  CREDENTIAL_KEYS: () => `${randomBytes(32).toString('base64url')}=`,
  ADMIN_PASSWORD: () => randomBytes(12).toString('base64url'),
} as const;

export interface DevelopmentKeys {
  /** Only those that the environment lacks. */
  readonly values: Readonly<Record<string, string>>;
  /** Where they are kept, readable by their owner alone. */
  readonly file: string;
}

/** None in production, where a missing key is a problem of the configuration. May be called any number of times. */
export async function developmentKeys(env: Environment, dataDir: string): Promise<DevelopmentKeys> {
  const file = join(dataDir, 'development-keys.env');
  const isMissing = (name: string): boolean => (env[name] ?? '').trim() === '';
  const missing = Object.entries(makers).filter(([name]) => isMissing(name));
  if (env['NODE_ENV'] === 'production' || missing.length === 0) return { values: {}, file };
  const kept = existsSync(file) ? parseEnv(await readFile(file, 'utf8')) : {};
  const all = Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, kept[name] ?? make()]));
  if (Object.keys(makers).some((name) => kept[name] === undefined)) {
    await mkdir(dataDir, { recursive: true });
    const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(file, lines.join(''), { mode: 0o600 });
  }
  return { values: Object.fromEntries(missing.map(([name]) => [name, all[name] ?? ''])), file };
}
