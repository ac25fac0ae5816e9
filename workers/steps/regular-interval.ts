import { pushCovers } from '../../src/domain/watch.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Reads } from '../../src/store/store.ts';

export interface RegularIntervalDependencies {
  readonly reads: Pick<Reads, 'calendarsOf' | 'watchesOf'>;
  readonly now: () => Date;
  readonly intervalMs: number;
  /** Beside push that works. */
  readonly sweepMs: number;
}

/** Until everything of a connection is read again where all goes well. */
export async function regularIntervalMs(
  { reads, now, intervalMs, sweepMs }: RegularIntervalDependencies,
  connectionId: string,
  { push }: Pick<Provider, 'push'>,
): Promise<number> {
  const [calendars, watches] = await Promise.all([
    reads.calendarsOf(connectionId),
    reads.watchesOf(connectionId),
  ]);
  return pushCovers(calendars, watches, now(), push.scope) ? sweepMs : intervalMs;
}
