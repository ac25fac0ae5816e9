import type { mongo } from 'mongoose';

/** A title that says which calendar it is of, and which of its changes. */
export interface NumberedTitle {
  readonly email: string;
  readonly number: number;
}

export function titleText({ email, number }: NumberedTitle): string {
  return `${email} ${number}`;
}

export function readTitle(text: string): NumberedTitle | undefined {
  const [, email = '', number] = /^(\S+@\S+) (\d+)$/.exec(text) ?? [];
  return number === undefined ? undefined : { email, number: Number(number) };
}

/** When titles became visible in a collection of events. */
export interface Titles {
  /**
   * Milliseconds since the epoch; that of a later one of the same calendar where it was read first. Rejects where neither
   * comes within the time.
   */
  visible(title: NumberedTitle, withinMs: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * By a change stream, which tells of a write once a majority has it. A reader through the API sees it a moment before: as
 * soon as the primary has committed it. So what this says is late by a little and never early.
 */
export async function watchTitles(events: mongo.Collection): Promise<Titles> {
  const stream = events.watch([{ $match: { operationType: { $in: [...writes] } } }, { $project: title }], {
    maxAwaitTimeMS: 1000,
  });
  // Opens it; before that, what happens is not told.
  await stream.tryNext();
  const waiting = new Set<Waiting>();
  const seen = new Map<string, number>();
  const reading = (async () => {
    for await (const change of stream) {
      const at = Date.now();
      const read = readTitle(String((change as unknown as { readonly title?: string }).title));
      if (read === undefined) continue;
      seen.set(read.email, Math.max(read.number, seen.get(read.email) ?? 0));
      for (const one of waiting) {
        if (one.title.email === read.email && one.title.number <= read.number) one.settle(at);
      }
    }
  })().catch(() => {});
  return {
    visible: (wanted, withinMs) => {
      // Asked for as soon as the vendor has changed it: what is there by then came just now.
      if ((seen.get(wanted.email) ?? 0) >= wanted.number) return Promise.resolve(Date.now());
      return arrival(waiting, wanted, withinMs);
    },
    close: async () => {
      await stream.close();
      await reading;
    },
  };
}

const writes = ['insert', 'update', 'replace'] as const;
const title = { title: { $ifNull: ['$fullDocument.title', '$updateDescription.updatedFields.title'] } };

interface Waiting {
  readonly title: NumberedTitle;
  settle(at: number): void;
}

function arrival(waiting: Set<Waiting>, wanted: NumberedTitle, withinMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const one: Waiting = {
      title: wanted,
      settle: (at) => {
        clearTimeout(timer);
        waiting.delete(one);
        resolve(at);
      },
    };
    const timer = setTimeout(() => {
      waiting.delete(one);
      reject(new Error(`"${titleText(wanted)}" did not become visible within ${withinMs} ms`));
    }, withinMs);
    waiting.add(one);
  });
}
