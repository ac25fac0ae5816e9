/**
 * The process at the far end of the pipe in guarded-processes.ts. Reads orders, a JSON line each; when the pipe closes
 * it ends every process it was told to watch, deletes the folders it was told to remove, and ends itself.
 * Argument: milliseconds between SIGTERM and SIGKILL.
 */
import { readFile, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

export type WatchdogOrder = { watch: number } | { forget: number } | { remove: string };

const POLL_MS = 20;

async function main(graceMs: number): Promise<void> {
  const watched = new Set<number>();
  const folders = new Set<string>();
  for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line) as WatchdogOrder;
    if ('watch' in order) watched.add(order.watch);
    else if ('forget' in order) watched.delete(order.forget);
    else folders.add(order.remove);
  }
  await Promise.all([...watched].map((pid) => endGroup(pid, graceMs)));
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function endGroup(pid: number, graceMs: number): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  for (let waitedMs = 0; waitedMs < graceMs && (await isRunning(pid)); waitedMs += POLL_MS)
    await delay(POLL_MS);
  signalGroup(pid, 'SIGKILL');
}

/** An ended process that nobody collects is not running: it happens to orphans in a container without an init. */
async function isRunning(pid: number): Promise<boolean> {
  if (!signalGroup(pid, 0)) return false;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/\) Z /.test(stat);
}

/** Whether there was anyone left to receive the signal. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

// Whoever signals everything in sight means our parent; we leave when it has gone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
await main(Number(process.argv[2]));
