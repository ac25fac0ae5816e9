import type { mongo } from 'mongoose';
import { machineMs } from '../machine-clock.ts';

/** What is counted up under a name: the changes of a calendar, the revisions of an interview. */
export interface Numbered {
  readonly name: string;
  readonly number: number;
}

/** When numbers came into a collection. */
export interface NumberWatch {
  /**
   * Gives when, by the machine's clock; that of a later one of the same name where it was read first. Rejects where
   * neither comes within the time.
   */
  reached(wanted: Numbered, withinMs: number): Promise<number>;
  close(): Promise<void>;
}

export interface NumberReading {
  /** What of a change of the stream is needed, beside what was changed in which document. */
  readonly project: mongo.Document;
  readonly read: (change: mongo.Document) => Numbered | undefined;
}

const writes = ['insert', 'update', 'replace'] as const;

/**
 * By a change stream, which tells of a write once a majority has it. A reader through the API sees it a moment before: as
 * soon as the primary has committed it. So what this says is late by a little and never early.
 */
export async function watchNumbers(
  collection: mongo.Collection,
  { project, read }: NumberReading,
): Promise<NumberWatch> {
  const stream = collection.watch(
    [{ $match: { operationType: { $in: [...writes] } } }, { $project: project }],
    { maxAwaitTimeMS: 1000 },
  );
  // Opens it; before that, what happens is not told.
  await stream.tryNext();
  const waiting = new Set<Waiting>();
  const seen = new Map<string, { readonly number: number; readonly atMs: number }>();
  const reading = (async () => {
    for await (const change of stream) {
      const atMs = machineMs();
      const found = read(change as unknown as mongo.Document);
      if (found === undefined) continue;
      if (found.number > (seen.get(found.name)?.number ?? -1)) seen.set(found.name, { ...found, atMs });
      for (const { wanted, settle } of waiting) {
        if (wanted.name === found.name && wanted.number <= found.number) settle(atMs);
      }
    }
  })().catch(() => {});
  return {
    reached: (wanted, withinMs) => {
      const known = seen.get(wanted.name);
      // Asked for as soon as it was written: where it is there by then, it came just now.
      if (known !== undefined && known.number >= wanted.number) return Promise.resolve(known.atMs);
      return arrival(waiting, wanted, withinMs);
    },
    close: async () => {
      await stream.close();
      await reading;
    },
  };
}

interface Waiting {
  readonly wanted: Numbered;
  settle(atMs: number): void;
}

function arrival(waiting: Set<Waiting>, wanted: Numbered, withinMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const one: Waiting = {
      wanted,
      settle: (atMs) => {
        clearTimeout(timer);
        waiting.delete(one);
        resolve(atMs);
      },
    };
    const timer = setTimeout(() => {
      waiting.delete(one);
      reject(new Error(`${wanted.name} did not come to ${wanted.number} within ${withinMs} ms`));
    }, withinMs);
    waiting.add(one);
  });
}
