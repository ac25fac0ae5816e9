import { randomBytes } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { GuardedProcesses } from '../scripts/processes/guarded-processes.ts';

export interface Product {
  readonly url: string;
  readonly apiKey: string;
  readonly adminPassword: string;
  /** The JSON log lines of all processes, in a file. */
  readonly logFile: string;
  /** Rejects when one of the processes ends by itself. */
  readonly died: Promise<never>;
}

export interface ProductOptions {
  readonly processes: GuardedProcesses;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

const entries = ['src/intake/main.ts', 'workers/all.ts', 'workers/scheduler.ts'];

/** Starts the real processes, as `npm start` does, with keys of this run; resolves when all of them are up. */
export async function startProduct({ processes, env, logFile }: ProductOptions): Promise<Product> {
  const apiKey = randomBytes(18).toString('base64url');
  const adminPassword = randomBytes(9).toString('base64url');
  const full = {
    PATH: process.env['PATH'],
    NODE_ENV: 'development',
    ...env,
    INTAKE_API_KEYS: apiKey,
    ADMIN_PASSWORD: adminPassword,
    CREDENTIAL_KEYS: `${randomBytes(32).toString('base64url')}=`,
    SCHEDULER_TICK_SECONDS: '2',
    // What changes at a provider is seen without asking within a minute.
    SYNC_INTERVAL_MINUTES: '1',
    PORT: '0',
  };
  const log = createWriteStream(logFile, { mode: 0o600 });
  const started = entries.map((entry) => startOne(processes, entry, full, log));
  const died = Promise.race(started.map((one) => one.died));
  // Whoever waits for it hears of it; while nobody does, it is no unhandled rejection.
  died.catch(() => {});
  const [intake] = await Promise.race([Promise.all(started.map((one) => one.up)), died]);
  return { url: `http://127.0.0.1:${String(intake?.['port'])}`, apiKey, adminPassword, logFile, died };
}

function startOne(processes: GuardedProcesses, entry: string, env: NodeJS.ProcessEnv, log: WriteStream) {
  const child = processes.start(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'inherit'], env });
  const up = Promise.withResolvers<Record<string, unknown>>();
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => {});
  if (child.stdout === null) throw new Error(`${entry} has no output`);
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.write(`${line}\n`);
    if (line.includes('started')) up.resolve(JSON.parse(line) as Record<string, unknown>);
  });
  child.once('exit', (code, signal) => {
    ended.reject(
      new Error(`${entry} ended by itself (${signal ?? `status ${code}`}); see ${log.path.toString()}`),
    );
  });
  return { up: up.promise, died: ended.promise };
}
