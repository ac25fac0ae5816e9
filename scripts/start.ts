/**
 * `npm start`: intake, workers and scheduler on this machine, configured by the environment and `.env`. Where
 * MONGODB_URI or REDIS_URL is missing, embedded servers stand in, with their data in `.data/`. One role that dies takes
 * the rest down, so that whatever supervises this sees it.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type Config, ConfigError, readConfig } from '../src/config.ts';
import { developmentKeys } from './development-keys.ts';
import { guardProcesses, type GuardedProcesses } from './processes/guarded-processes.ts';
import { stopSignal } from './processes/stop-signal.ts';
import { tellAddresses } from './running-servers.ts';
import { withDatabase } from './services/mongodb-uri.ts';
import { type Services, startServices } from './services/start-services.ts';
import { planStart, type StartPlan } from './start-plan.ts';

const DATA_DIR = '.data';
const DATABASE = 'calendar-sync';
/** On top of what the roles take for their own orderly end. */
const EXTRA_GRACE_MS = 5_000;

const roles = {
  intake: 'src/intake/main.ts',
  workers: 'workers/all.ts',
  scheduler: 'workers/scheduler.ts',
} as const;

interface Role {
  name: string;
  process: ChildProcess;
}

const say = (line: string) => console.log(`start: ${line}`);

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const plan = planStart(process.env);
  await makeUpKeys();
  const config = readPlannedConfig(plan);
  const stop = stopSignal();
  if (plan.embedded.length > 0) {
    say(`${plan.embedded.join(' and ')} not set: using embedded servers with their data in ${DATA_DIR}/.`);
  }
  const services = await startServices({ ...plan, dataDir: DATA_DIR, say });
  const processes = guardProcesses(config.shutdownMs + EXTRA_GRACE_MS);
  const env = environmentFor(plan, services);
  const forget = await tellAddresses(plan, env, DATA_DIR);
  try {
    const running = startRoles(processes, env);
    sayAddresses(config);
    const [reason, failed] = await Promise.race([
      stop.then((signal) => [`${signal} received`, false] as const),
      firstToEnd(running).then((role) => [`${describeEnd(role)}; stopping the others`, true] as const),
    ]);
    say(`${reason}.`);
    await processes.stop();
    if (failed || !allEndedWell(running)) process.exitCode = 1;
  } finally {
    await processes.stop();
    await services.stop();
    await forget();
  }
  say('Everything has stopped.');
}

/** Outside production, keys that are missing are made once and kept, so that client ids are all that `.env` needs. */
async function makeUpKeys(): Promise<void> {
  const { values, file } = await developmentKeys(process.env, DATA_DIR);
  const names = Object.keys(values);
  if (names.length === 0) return;
  Object.assign(process.env, values);
  say(`${names.join(', ')} not set: using those in ${file}, made for this machine.`);
}

/** Looks at the whole configuration before anything starts. What will be embedded has no address yet. */
function readPlannedConfig(plan: StartPlan): Config {
  return readConfig({
    ...process.env,
    MONGODB_URI: plan.mongodbUri ?? 'mongodb://embedded',
    REDIS_URL: plan.redisUrl ?? 'redis://embedded',
  });
}

function environmentFor(plan: StartPlan, { mongodbUri, redisUrl }: Services): NodeJS.ProcessEnv {
  return {
    ...process.env,
    MONGODB_URI: plan.mongodbUri ?? withDatabase(mongodbUri, DATABASE),
    REDIS_URL: redisUrl,
  };
}

function startRoles(processes: GuardedProcesses, env: NodeJS.ProcessEnv): Role[] {
  return Object.entries(roles).map(([name, entry]) => ({
    name,
    process: processes.start(process.execPath, [entry], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...env, ...ownMetricsPort(name, env['METRICS_PORT']) },
    }),
  }));
}

/** Two processes cannot share a port: the scheduler takes the one after the workers'. */
function ownMetricsPort(role: string, port = ''): { METRICS_PORT?: string } {
  if (role !== 'scheduler' || port.trim() === '' || Number(port) === 0) return {};
  return { METRICS_PORT: String(Number(port) + 1) };
}

async function firstToEnd(running: readonly Role[]): Promise<Role> {
  return Promise.race(
    running.map(async (role) => {
      await once(role.process, 'exit');
      return role;
    }),
  );
}

function describeEnd({ name, process: { exitCode, signalCode } }: Role): string {
  return `${name} ended by itself with ${signalCode ?? `exit code ${exitCode}`}`;
}

function allEndedWell(running: readonly Role[]): boolean {
  const bad = running.filter(({ process: { exitCode } }) => exitCode !== 0);
  for (const { name, process: ended } of bad) {
    say(`${name} did not end cleanly: ${ended.signalCode ?? `exit code ${ended.exitCode}`}.`);
  }
  return bad.length === 0;
}

function sayAddresses({ http, admin, google, microsoft }: Config): void {
  const origin = `http://${http.host.includes(':') ? `[${http.host}]` : http.host}:${http.port}`;
  say(`The API is at ${origin} (documentation: ${origin}/docs).`);
  say(
    admin === undefined
      ? 'Bull Board is off: ADMIN_PASSWORD is not set.'
      : `Bull Board: ${origin}/admin/queues`,
  );
  if (google === undefined) say('Google is off: GOOGLE_CLIENT_ID is not set.');
  if (microsoft === undefined) say('Microsoft is off: MICROSOFT_CLIENT_ID is not set.');
  say('Ctrl-C stops everything.');
}

try {
  await main();
} catch (error) {
  // What the person at the keyboard can mend needs no stack trace.
  const hint =
    error instanceof ConfigError && !existsSync('.env') ? '\nCopy .env.example to .env and fill it in.' : '';
  console.error(`start: ${error instanceof Error ? error.message : String(error)}${hint}`);
  process.exitCode = 1;
}
