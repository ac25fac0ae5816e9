/** Runs a mongod binary on loopback as a one-node replica set. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuardedProcesses } from '../processes/guarded-processes.ts';
import { LOOPBACK, onFreePort, PortTaken, untilListening } from './ports.ts';
import { becomePrimary, REPLICA_SET } from './replica-set.ts';
import { StartRefused } from './routes.ts';

const LISTEN_LIMIT_MS = 60_000;
const LOG_LINES_SHOWN = 5;

/** Gives the server's URI (without a database name) once it is primary. What is in `folder` is kept and reopened. */
export async function startMongod(
  binary: string,
  folder: string,
  processes: GuardedProcesses,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  return onFreePort(async (port) => {
    const log = join(folder, 'mongod.log');
    await rm(log, { force: true });
    const child = processes.start(binary, mongodArguments(folder, port, log), { stdio: 'ignore' });
    try {
      await untilListening(
        child,
        port,
        LISTEN_LIMIT_MS,
        () => new Error(`it ended with code ${child.exitCode}`),
      );
      await becomePrimary(`mongodb://${LOOPBACK}:${port}/?directConnection=true`, `${LOOPBACK}:${port}`);
    } catch (error) {
      child.kill('SIGKILL');
      throw explain(error, folder, await readFile(log, 'utf8').catch(() => ''));
    }
    return `mongodb://${LOOPBACK}:${port}/?replicaSet=${REPLICA_SET}`;
  });
}

function mongodArguments(folder: string, port: number, log: string): string[] {
  const flags = ['--quiet', '--nounixsocket', '--bind_ip', LOOPBACK, '--port', String(port)];
  const data = ['--dbpath', folder, '--logpath', log, '--replSet', REPLICA_SET];
  const footprint = ['--wiredTigerCacheSizeGB', '0.25', '--oplogSize', '64'];
  const parameters = [
    // Nobody is there to step up, so there is nothing to wait for when it is told to stop.
    'shutdownTimeoutMillisForSignaledShutdown=0',
    'diagnosticDataCollectionEnabled=false',
    // The transaction of a process that was killed keeps its documents from everybody for so long (60 unless set).
    'transactionLifetimeLimitSeconds=15',
  ];
  return [
    ...flags,
    ...data,
    ...footprint,
    ...parameters.flatMap((parameter) => ['--setParameter', parameter]),
  ];
}

function explain(error: unknown, folder: string, log: string): Error {
  if (log.includes('Address already in use')) return new PortTaken('mongod', { cause: error });
  if (log.includes('Another mongod instance is already running')) {
    const advice =
      'Stop that run first (after a crash it ends by itself within seconds), or use another folder.';
    return new StartRefused(`Another MongoDB is running on ${folder}. ${advice}`, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  const lastWords = readableLog(log).slice(-LOG_LINES_SHOWN).join('\n');
  return new Error(lastWords === '' ? reason : `${reason}; its last log lines:\n${lastWords}`, {
    cause: error,
  });
}

/** mongod logs JSON; people want the severity and the message of what was not routine. */
function readableLog(log: string): string[] {
  const lines = log.split('\n').filter((line) => line !== '');
  const grave = lines.filter((line) => /"s":"[EF]"/.test(line));
  return grave.length > 0 ? grave : lines;
}
