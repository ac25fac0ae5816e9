import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { guardProcesses } from '../../scripts/processes/guarded-processes.ts';
import { freePort } from '../../scripts/services/ports.ts';
import { readConfig } from '../../src/config.ts';
import { apiClient, type ApiClient } from '../../test/support/api-client.ts';

/** The product as an operator runs it on a small machine: one process of each kind. */
export interface RunningProduct {
  readonly api: ApiClient;
  /** With which it is asked. */
  readonly apiKey: string;
  /** How often all of a connection is read beside push. */
  readonly sweepMs: number;
  /** Ends all of it. */
  stop(): Promise<void>;
}

export interface ProductServices {
  readonly mongodbUri: string;
  readonly redisUrl: string;
}

export interface ProductChanges {
  /** Variables beside and above the usual ones. */
  readonly over?: Readonly<Record<string, string>>;
  /** Processes that take jobs. */
  readonly workers?: number;
  /** In place of one of each kind. */
  readonly roles?: readonly string[];
}

const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
const graceMs = 30_000;

/**
 * Starts it with its defaults, against these vendors, and with push. Where a folder is given, each process leaves its log
 * and its processor profile there.
 */
export async function startProduct(
  { mongodbUri, redisUrl }: ProductServices,
  vendorEnv: Readonly<Record<string, string>>,
  profileInto?: string,
  { over = {}, workers = 1, roles }: ProductChanges = {},
): Promise<RunningProduct> {
  const port = await freePort();
  const apiKey = randomBytes(24).toString('hex');
  const queuePrefix = `bench-${randomBytes(4).toString('hex')}`;
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...vendorEnv,
    MONGODB_URI: mongodbUri,
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: queuePrefix,
    INTAKE_API_KEYS: apiKey,
    CREDENTIAL_KEYS: `${randomBytes(32).toString('base64url')}=`,
    PORT: String(port),
    PUBLIC_URL: url,
    // All requests of the main app come from one key, and thousands connect within a minute.
    RATE_LIMIT_PER_MINUTE: '1000000',
    // At night they would fall into the measurement.
    AUDIT_SAMPLE_PERCENT: '0',
    ...over,
  };
  const workerEntries = Array.from({ length: workers }, () => 'workers/all.ts');
  const entries = roles ?? ['src/intake/main.ts', ...workerEntries, 'workers/scheduler.ts'];
  const processes = guardProcesses(graceMs);
  try {
    await Promise.all(
      entries.map((entry) =>
        started(
          entry,
          processes.start(process.execPath, [...profiling(profileInto), `${projectRoot}${entry}`], {
            env: { PATH: process.env['PATH'], ...env },
            stdio: ['ignore', 'pipe', 'inherit'],
          }),
          profileInto,
        ),
      ),
    );
  } catch (error) {
    await processes.stop();
    throw error;
  }
  const { sweepMs } = readConfig(env).sync;
  return { api: apiClient(url, apiKey), apiKey, sweepMs, stop: () => processes.stop() };
}

function profiling(folder: string | undefined): string[] {
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}

/** Resolves when the process says that it has started. What it says after that is kept, or read and thrown away. */
async function started(entry: string, child: ChildProcess, folder: string | undefined): Promise<void> {
  const { stdout } = child;
  if (stdout === null) throw new Error(`${entry} has no output to read`);
  const said: string[] = [];
  const lines = createInterface({ input: stdout });
  const ready = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      said.push(line);
      if (/"msg":"[^"]* started"/.test(line)) resolve();
    });
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${entry} ended early (status ${String(code)}): ${said.slice(-5).join('\n')}`);
  });
  ended.catch(() => {});
  await Promise.race([ready, ended]);
  lines.close();
  if (folder === undefined) stdout.resume();
  else stdout.pipe(createWriteStream(join(folder, `${basename(entry, '.ts')}-${child.pid ?? 0}.log`)));
}
