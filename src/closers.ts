import { within } from './deadline.ts';

/** What is open, closed in reverse order. */
export interface Closers {
  /** `what` is for the message where it takes longer than `limitMs`; it is left alone then, and the next one closed. */
  add(what: string, close: () => Promise<void>, limitMs?: number): void;
  /** Resolves within the sum of the limits. Rejects with everything that went wrong, after the last one. Idempotent. */
  closeAll(): Promise<void>;
}

/** A server that does not answer must not keep a process: closing waits for one no longer than this. */
const usualLimitMs = 3_000;

export function createClosers(): Closers {
  const open: { what: string; close: () => Promise<void>; limitMs: number }[] = [];
  let closed: Promise<void> | undefined;

  async function closeInReverse(): Promise<void> {
    const errors: Error[] = [];
    for (const { what, close, limitMs } of open.toReversed()) {
      try {
        await within(limitMs, close());
      } catch (cause) {
        errors.push(
          new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause }),
        );
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, errors.map(({ message }) => message).join('; '));
  }

  return {
    add: (what, close, limitMs = usualLimitMs) => void open.push({ what, close, limitMs }),
    closeAll: () => (closed ??= closeInReverse()),
  };
}
