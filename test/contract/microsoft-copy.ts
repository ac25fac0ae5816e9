import { contentOf, type CalendarEvent } from '../../src/domain/event.ts';
import type { SyncWindow } from '../../src/domain/sync.ts';
import type { Access } from '../../src/providers/provider.ts';
import { fold } from '../support/fold.ts';
import { email, type MicrosoftWorld } from './microsoft-world.ts';
import { march } from './provider-harness.ts';

/** The id of an entry, and the second at which it begins. */
export type Held = [id: string, start: string];

export interface Synced {
  readonly cursor: string | null;
  readonly written: number;
  readonly deleted: number;
}

const byId = ([a]: Held, [b]: Held): number => (a < b ? -1 : 1);

/** The calendar by the vendor's own account, without what its organizer called off. */
export function living(
  { simulator }: MicrosoftWorld,
  calendarId: string,
  { start: from, end: to }: SyncWindow = march,
): Held[] {
  return simulator
    .truth(email, calendarId, from, to)
    .filter(({ isCancelled }) => isCancelled !== true)
    .map(({ id, start }): Held => [id, (start as { dateTime: string }).dateTime.slice(0, 19)])
    .toSorted(byId);
}

/** Our copy of one calendar, kept as the sync job keeps it. */
export function createCopy(
  world: MicrosoftWorld,
  access: Access,
  providerCalendarId: string,
  { tellsWhatIsHeld = true }: { readonly tellsWhatIsHeld?: boolean } = {},
) {
  const store = new Map<string, CalendarEvent>();
  const heldSeries = (ids: readonly string[]) => {
    const meant = [...store.values()].filter(
      ({ providerEventId, recurringEventId = '' }) =>
        ids.includes(recurringEventId) || ids.includes(providerEventId),
    );
    return Promise.resolve(new Set(meant.flatMap(({ recurringEventId }) => recurringEventId ?? [])));
  };
  const sync = async (cursor: string | null, window: SyncWindow = march): Promise<Synced> => {
    const query = { providerCalendarId, window, cursor, ...(tellsWhatIsHeld ? { heldSeries } : {}) };
    const unnamed = new Set(cursor === null ? store.keys() : []);
    let [next, written, deleted]: [string | null, number, number] = [null, 0, 0];
    for await (const page of world.provider.listEvents(access, query)) {
      const effect = fold(store, page.changes, window);
      written += effect.upserts.length;
      deleted += effect.deletes.length;
      for (const change of page.changes) {
        if (change.type === 'upsert') unnamed.delete(change.event.providerEventId);
        if (change.type === 'series') change.events.forEach((event) => unnamed.delete(event.providerEventId));
      }
      next = page.cursor;
    }
    for (const id of unnamed) deleted += store.delete(id) ? 1 : 0;
    return { cursor: next, written, deleted };
  };
  return {
    sync,
    events: () => [...store.values()],
    held: () =>
      [...store].map(([id, { start }]): Held => [id, start.toISOString().slice(0, 19)]).toSorted(byId),
    contents: () => [...store.values()].map(contentOf).toSorted(),
  };
}
