import { contentOf, type CalendarEvent } from '../../src/domain/event.ts';
import {
  foldPage,
  touchedBy,
  type EventChange,
  type PageEffect,
  type SyncWindow,
} from '../../src/domain/sync.ts';

/** A plain entry on 23 November 2026, 09:00 to 10:00 UTC. */
export function event(providerEventId: string, recurringEventId?: string): CalendarEvent {
  return {
    providerEventId,
    recurringEventId,
    status: 'confirmed',
    kind: 'default',
    title: providerEventId,
    start: new Date('2026-11-23T09:00:00Z'),
    end: new Date('2026-11-23T10:00:00Z'),
    allDay: false,
    busy: 'busy',
    response: 'none',
    attendees: [],
    visibility: 'default',
  };
}

/** Applies a page to a store that is a map, asking it for the same marks as the real one is asked for. */
export function fold(
  store: Map<string, CalendarEvent>,
  changes: readonly EventChange[],
  window: SyncWindow,
): PageEffect {
  const { ids, seriesIds } = touchedBy(changes);
  const marks = [...store.values()]
    .filter((one) => ids.includes(one.providerEventId) || seriesIds.includes(one.recurringEventId ?? ''))
    .map((one) => ({ ...one, fingerprint: contentOf(one) }));
  const effect = foldPage(changes, marks, { window, keep: (one) => one, fingerprint: contentOf });
  for (const id of effect.deletes) store.delete(id);
  for (const upsert of effect.upserts) store.set(upsert.event.providerEventId, upsert.event);
  return effect;
}

export function storedAfter(pages: readonly (readonly EventChange[])[], window: SyncWindow): CalendarEvent[] {
  const store = new Map<string, CalendarEvent>();
  for (const page of pages) fold(store, page, window);
  return [...store.values()].toSorted((a, b) => a.providerEventId.localeCompare(b.providerEventId));
}
