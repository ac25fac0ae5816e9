import { hash } from 'node:crypto';
import {
  judgeRemoval,
  upcomingOf,
  type ConfirmPolicy,
  type Hold,
  type Reading,
} from '../../src/domain/breaker.ts';
import { isWithin, type SyncWindow } from '../../src/domain/sync.ts';
import type { CalendarRecord, Facts } from '../../src/store/store.ts';

export interface WeighRemovalsDependencies extends ConfirmPolicy {
  readonly facts: Pick<Facts, 'countEntries' | 'spans'>;
  readonly now: () => Date;
}

/** What a listing says is gone. */
export interface ProposedRemovals {
  readonly ids: ReadonlySet<string>;
  readonly window: SyncWindow;
  /** Everything in the window was listed: what is gone was not named. */
  readonly full: boolean;
}

const batchSize = 1000;

/** The hold that a listing's removals are under (I11); undefined where they are to be obeyed. */
export async function weighRemovals(
  dependencies: WeighRemovalsDependencies,
  calendar: CalendarRecord,
  removals: ProposedRemovals,
): Promise<Hold | undefined> {
  if (removals.ids.size === 0) return undefined;
  const verdict = judgeRemoval(
    await reading(dependencies, calendar, removals),
    calendar.sync.hold,
    dependencies,
  );
  return verdict.type === 'hold' ? verdict.hold : undefined;
}

/** Of the removals those count that lie within the window; the window moves on, and what it left is nobody's loss. */
async function reading(
  { facts, now }: WeighRemovalsDependencies,
  calendar: CalendarRecord,
  { ids, window, full }: ProposedRemovals,
): Promise<Reading> {
  const at = now();
  const upcoming = upcomingOf(window, at);
  const removed = { all: 0, upcoming: 0 };
  const counted: string[] = [];
  for (const batch of batchesOf(ids, batchSize)) {
    for (const { providerEventId, ...span } of await facts.spans(calendar.id, batch)) {
      if (!isWithin(span, window)) continue;
      counted.push(providerEventId);
      removed.all += 1;
      if (isWithin(span, upcoming)) removed.upcoming += 1;
    }
  }
  const [all, ahead] = await Promise.all([
    facts.countEntries([calendar.id], window),
    facts.countEntries([calendar.id], upcoming),
  ]);
  const stored = { all, upcoming: ahead };
  return { stored, removed, byAbsence: full, full, at, digest: digestOf(counted) };
}

/** Ids hold no line feeds. */
function digestOf(ids: readonly string[]): string {
  return hash('sha256', ids.toSorted().join('\n'), 'base64url');
}

export function* batchesOf(ids: Iterable<string>, size: number): Iterable<string[]> {
  let batch: string[] = [];
  for (const id of ids) {
    batch.push(id);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
