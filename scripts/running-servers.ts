/** Where the embedded servers of a running `npm start` listen, for the command line beside it. */
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { StartPlan } from './start-plan.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const fileIn = (dataDir: string): string => join(dataDir, 'running-servers.env');

/** Writes down the addresses of those that are embedded; gives what forgets them. */
export async function tellAddresses(
  { embedded }: StartPlan,
  env: Environment,
  dataDir: string,
): Promise<() => Promise<void>> {
  if (embedded.length === 0) return async () => {};
  const file = fileIn(dataDir);
  await writeFile(file, embedded.map((name) => `${name}=${env[name]}\n`).join(''), { mode: 0o600 });
  return () => rm(file, { force: true });
}

/** Those that were written down, and not given otherwise. */
export async function toldAddresses(env: Environment, dataDir: string): Promise<Record<string, string>> {
  const file = fileIn(dataDir);
  if (!existsSync(file)) return {};
  const told = Object.entries(parseEnv(await readFile(file, 'utf8')));
  return Object.fromEntries(
    told.flatMap(([name, value]) =>
      value === undefined || (env[name] ?? '').trim() !== '' ? [] : [[name, value]],
    ),
  );
}
