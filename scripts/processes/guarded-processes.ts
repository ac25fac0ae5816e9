/**
 * Child processes that never outlive this one.
 *
 * Each child leads its own process group, so a Ctrl-C in the terminal reaches only us and they are stopped in order.
 * A small watchdog process holds the other end of a pipe from us. Whether we ask it to stop the children or die
 * without a word (SIGKILL included), what it sees is the same, the pipe closing, so there is one way of stopping.
 */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WatchdogOrder } from './watchdog.ts';

export interface ProcessOptions {
  stdio: StdioOptions;
  env?: NodeJS.ProcessEnv;
}

export interface GuardedProcesses {
  /** Spawns a child in its own group. A command that cannot be run shows as the child's `error` event. */
  start(command: string, args: readonly string[], options: ProcessOptions): ChildProcess;
  /** Has a folder deleted after the last child has ended. */
  removeAtEnd(folder: string): void;
  /** SIGTERM to every child, SIGKILL after the grace period, then the folders. Idempotent; resolves when all is gone. */
  stop(): Promise<void>;
}

/** `graceMs`: how long a child may take between SIGTERM and SIGKILL. Nothing runs before the first child or folder. */
export function guardProcesses(graceMs: number): GuardedProcesses {
  const children = new Set<ChildProcess>();
  let watchdog: Watchdog | undefined;
  const order = (message: WatchdogOrder) => (watchdog ??= startWatchdog(graceMs)).order(message);
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await watchdog?.dismiss();
    // Empty, unless the watchdog itself was killed.
    await Promise.all([...children].map(killNow));
  };
  return {
    start(command, args, options) {
      if (stopped !== undefined) throw new Error(`${command} was to be started after the end`);
      const child = spawn(command, args, { ...options, detached: true });
      const { pid } = child;
      if (pid === undefined) return child;
      children.add(child);
      order({ watch: pid });
      child.once('exit', () => {
        children.delete(child);
        order({ forget: pid });
      });
      return child;
    },
    removeAtEnd: (folder) => order({ remove: folder }),
    stop: () => (stopped ??= stop()),
  };
}

interface Watchdog {
  order(message: WatchdogOrder): void;
  /** Closes the pipe; resolves when the watchdog has done its work. */
  dismiss(): Promise<void>;
}

function startWatchdog(graceMs: number): Watchdog {
  const program = fileURLToPath(new URL('./watchdog.ts', import.meta.url));
  const child = spawn(process.execPath, [program, String(graceMs)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit').catch(() => {});
  // A watchdog that died early is no reason to crash: stop() then ends the children itself.
  child.stdin.on('error', () => {});
  return {
    order(message) {
      if (!child.stdin.writableEnded) child.stdin.write(`${JSON.stringify(message)}\n`);
    },
    async dismiss() {
      child.stdin.end();
      await ended;
    },
  };
}

async function killNow(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
