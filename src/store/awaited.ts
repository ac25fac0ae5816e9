/**
 * Throws where nobody waits for the answer of a request any more: it was given up, or its sender has gone. It is asked after
 * each reading, before the write that rests on it, and before a transaction is committed. So a request that comes out of an
 * outage late records nothing, whatever its sender has said since; what it throws goes to the caller. A write that was
 * sent before goes on, and takes effect only where the record is as it was read.
 */
export type StillAwaited = () => void;

export interface Awaited {
  readonly stillAwaited?: StillAwaited | undefined;
}

/** Of those who wait as long as it takes. */
export const awaitedAlways: StillAwaited = () => undefined;

/**
 * Counts what the main app says of a record, also where that is nothing new: then it is a write all the same, and stands in
 * the way of one that was decided before it and comes after it.
 */
export const askedOnceMore = { $inc: { asked: 1 } } as const;
