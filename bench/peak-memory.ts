import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProviderId } from '../src/domain/provider-id.ts';
import type { Stage } from './rehearsal.ts';
import { ownerOf } from './vendors.ts';

/** What the child is told. */
export interface SyncOrder {
  readonly env: Readonly<Record<string, string>>;
  readonly mongodbUri: string;
  readonly vendor: ProviderId;
  readonly owner: string;
}

/** Resident memory of the child, in MiB. */
export interface SyncMemory {
  readonly written: number;
  readonly beforeMb: number;
  readonly peakMb: number;
}

export interface PeakMemory extends SyncMemory {
  readonly vendor: ProviderId;
}

/** A first sync of each size, in a process of its own each. */
export async function measurePeakMemory(
  { vendors, databases, signal }: Pick<Stage, 'vendors' | 'databases' | 'signal'>,
  vendor: ProviderId,
  sizes: readonly number[],
): Promise<PeakMemory[]> {
  const results: PeakMemory[] = [];
  for (const size of sizes) {
    signal.throwIfAborted();
    const name = databases.freshName();
    const order = { env: vendors.env, mongodbUri: databases.uriOf(name), vendor, owner: ownerOf(size) };
    const memory = await memoryOf(order);
    await databases.drop(name);
    if (memory.written !== size) throw new Error(`the child wrote ${memory.written} of ${size} events`);
    results.push({ vendor, ...memory });
  }
  return results;
}

async function memoryOf(order: SyncOrder): Promise<SyncMemory> {
  const program = fileURLToPath(new URL('./peak-memory-process.ts', import.meta.url));
  const child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the measured process ended early (status ${String(code)})`);
  });
  died.catch(() => {});
  child.send(order);
  const [memory] = (await Promise.race([once(child, 'message'), died])) as [SyncMemory];
  child.disconnect();
  await died.catch(() => {});
  return memory;
}
