import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { GuardedProcesses } from '../../scripts/processes/guarded-processes.ts';
import { within } from '../../src/deadline.ts';
import { startGoogleSimulator, type GoogleSimulator } from '../simulators/google/index.ts';
import { startMicrosoftSimulator, type MicrosoftSimulator } from '../simulators/microsoft/index.ts';
import { apiClient, type ApiClient } from './api-client.ts';
import { assertContractsKept, watchContracts } from './contracts-kept.ts';
import { scanForSecrets, secretsSeenBy } from './secret-scan.ts';
import { until } from './until.ts';

/** The entry of each kind of process, as an operator starts it. */
const entries = {
  intake: 'src/intake/main.ts',
  all: 'workers/all.ts',
  connect: 'workers/connect.ts',
  sync: 'workers/sync.ts',
  write: 'workers/write.ts',
  watch: 'workers/watch.ts',
  notify: 'workers/notify.ts',
  maintenance: 'workers/maintenance.ts',
  scheduler: 'workers/scheduler.ts',
} as const;

export type Role = keyof typeof entries;

/** One process of the product. */
export interface Instance {
  readonly role: Role;
  /** The lines that it logged so far, parsed. */
  readonly lines: Record<string, unknown>[];
  isAlive(): boolean;
  /** Only sends it: SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void;
  /**
   * Sends the signal and resolves to the exit code (null where the signal ended it). Also of one that is paused. Rejects,
   * and kills it, where it does not end within what docs/operating.md promises.
   */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Resolves when a line for which the check holds was logged. */
  logged(check: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
}

/** The whole product in processes of its own, against both simulators, on a database and prefix of its own. */
export interface Deployment {
  readonly api: ApiClient;
  readonly google: GoogleSimulator;
  readonly microsoft: MicrosoftSimulator;
  readonly env: Record<string, string>;
  /** Resolves when it says that it has started. `over` changes the environment of this one. */
  start(role: Role, over?: Record<string, string>): Promise<Instance>;
  /** Those of one role, in the order in which they were started. */
  instances(role: Role): Instance[];
  /**
   * Stops everything. Throws where a simulator saw a violation of its contract that no test was told of, or a secret lay
   * open anywhere (I9).
   */
  close(): Promise<void>;
}

export interface DeploymentOptions {
  /** Variables beside and above the usual ones. */
  readonly over?: Record<string, string>;
  /** The vendors send notifications, which reach intake. */
  readonly push?: boolean;
  /** Registered at both vendors; unless named, the default one. */
  readonly redirectUris?: readonly string[];
  /** Starts the processes so that they end with this one, however it ends; without it they are plain children. */
  readonly processes?: GuardedProcesses;
}

export interface DeploymentServices {
  readonly mongodbUri: string;
  readonly redisUrl: string;
  readonly queuePrefix: string;
}

const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
/** What was compiled once is not compiled by the next process: a third of what a start costs. */
const compileCache = `${projectRoot}.cache/compiled`;
export const adminPassword = 'a-password-for-operators';

/** Starts the simulators and intake, and the roles that are named. */
export async function deployOn(
  { mongodbUri, redisUrl, queuePrefix }: DeploymentServices,
  roles: readonly Role[],
  { over = {}, push = false, redirectUris, processes }: DeploymentOptions = {},
): Promise<Deployment> {
  const allowHttpLoopback = push;
  const registered = redirectUris === undefined ? {} : { redirectUris: [...redirectUris] };
  const [google, microsoft] = await Promise.all([
    startGoogleSimulator({ push: { allowHttpLoopback }, ...registered }),
    startMicrosoftSimulator({ notifications: { allowHttpLoopback }, ...registered }),
  ]);
  watchContracts([google, microsoft]);
  const apiKey = randomBytes(24).toString('hex');
  const credentialKey = `${randomBytes(32).toString('base64url')}=`;
  const env = {
    ...google.env,
    ...microsoft.env,
    MONGODB_URI: mongodbUri,
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: queuePrefix,
    INTAKE_API_KEYS: apiKey,
    ADMIN_PASSWORD: adminPassword,
    CREDENTIAL_KEYS: credentialKey,
    RATE_LIMIT_PER_MINUTE: '100000',
    NODE_COMPILE_CACHE: compileCache,
    PORT: '0',
    LOG_LEVEL: 'debug',
    // Short leases and locks, so that what a killed worker held is free again within the test.
    SYNC_LEASE_SECONDS: '2',
    SYNC_CONFIRM_SECONDS: '1',
    JOB_LOCK_SECONDS: '2',
    SCHEDULER_TICK_SECONDS: '1',
    ...(push && (await reachable())),
    ...over,
  };
  const instances: Instance[] = [];
  const start: Deployment['start'] = async (role, more = {}) => {
    const instance = run(role, { ...env, ...more }, processes);
    instances.push(instance);
    await instance.logged(({ msg }) => typeof msg === 'string' && msg.endsWith('started'));
    return instance;
  };
  const [intake] = await Promise.all([start('intake'), ...roles.map((role) => start(role))]);
  const { port } = await intake.logged(({ msg }) => msg === 'intake started');
  const api = apiClient(`http://127.0.0.1:${String(port)}`, apiKey);
  return {
    api,
    google,
    microsoft,
    env,
    start,
    instances: (role) => instances.filter((instance) => instance.role === role),
    async close() {
      const secrets = [
        ...secretsSeenBy([google, microsoft]),
        credentialKey,
        ...(over['WEBHOOK_SECRETS']?.split(',') ?? []),
      ];
      const boards = await boardAnswers(api);
      await Promise.all(instances.map((instance) => instance.end('SIGTERM')));
      const logs = instances.flatMap(({ lines }) => lines.map((line) => JSON.stringify(line)));
      const open = await scanForSecrets({
        secrets,
        redisUrl,
        prefix: queuePrefix,
        texts: [...logs, ...boards],
      });
      await Promise.all([google.close(), microsoft.close()]);
      if (open.length > 0) throw new Error(`I9: secrets in the clear:\n${open.join('\n')}`);
      assertContractsKept([google, microsoft]);
    },
  };
}

/** Workers have to know where intake will be before it is there. */
async function reachable(): Promise<Record<string, string>> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return { PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` };
}

/** What Bull Board shows of every job in every state. */
async function boardAnswers(api: ApiClient): Promise<string[]> {
  const login = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;
  const queues = ['connect', 'sync', 'write', 'watch', 'notify', 'maintenance'];
  const states = ['latest', 'completed', 'failed', 'delayed', 'waiting', 'prioritized', 'active'];
  const answers = queues.flatMap((queue) =>
    states.map(async (status) => {
      const query = `activeQueue=${queue}&status=${status}&page=1&jobsPerPage=100`;
      const answer = await fetch(`${api.url}/admin/queues/api/queues?${query}`, {
        headers: { authorization: login },
      });
      if (!answer.ok) throw new Error(`Bull Board answered ${answer.status}`);
      return answer.text();
    }),
  );
  return Promise.all(answers);
}

function run(
  role: Role,
  variables: Record<string, string>,
  processes: GuardedProcesses | undefined,
): Instance {
  const entry = `${projectRoot}${entries[role]}`;
  const env = { PATH: process.env['PATH'], ...variables };
  const child =
    processes === undefined
      ? spawn(process.execPath, [entry], { cwd: projectRoot, env, stdio: ['ignore', 'pipe', 'pipe'] })
      : processes.start(process.execPath, [entry], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: Record<string, unknown>[] = [];
  const errors: string[] = [];
  if (child.stdout === null || child.stderr === null) throw new Error(`${role} has no output to read`);
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(parseLine(line)));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const described = (): string =>
    `${role}: ${errors.join('\n')}\n${JSON.stringify(lines.slice(-5), null, 1)}`;
  return {
    role,
    lines,
    isAlive: () => isAlive(child),
    signal: (signal) => void child.kill(signal),
    end: (signal) => endInTime(child, signal, shutdownMs(variables), described),
    logged: (check) =>
      until(() => {
        if (!isAlive(child) && !lines.some(check)) throw new Error(`ended too early: ${described()}`);
        return lines.find(check);
      }, described),
  };
}

/** A process that is killed may leave half a line. */
function parseLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { unreadable: line };
  }
}

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** SHUTDOWN_SECONDS and ten more are promised; the rest is for a machine that is busy. */
function shutdownMs({ SHUTDOWN_SECONDS = '25' }: Record<string, string>): number {
  return (Number(SHUTDOWN_SECONDS) + 10 + 20) * 1000;
}

async function endInTime(
  child: ChildProcess,
  signal: NodeJS.Signals,
  limitMs: number,
  describe: () => string,
): Promise<number | null> {
  try {
    return await within(limitMs, end(child, signal));
  } catch (cause) {
    await end(child, 'SIGKILL');
    throw new Error(`did not end within ${limitMs} ms of ${signal}: ${describe()}`, { cause });
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (!isAlive(child)) return child.exitCode;
  const exited = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  // A paused process hears of nothing but SIGKILL; one that runs does not mind.
  if (signal !== 'SIGKILL') child.kill('SIGCONT');
  const [code] = await exited;
  return code;
}
