import type { CalendarEvent } from '../../domain/event.ts';
import type { EventChange, UnreadableEvent } from '../../domain/sync.ts';
import type { GraphEvent } from './graph-event.ts';
import { normalise, type NormaliseContext } from './normalise.ts';

/** What a page, or a series, says. */
export interface Readings {
  readonly changes: readonly EventChange[];
  readonly unreadable: readonly UnreadableEvent[];
}

/** Readings in the making, in the order in which they are said. */
export interface Collector {
  readonly readings: Readings;
  /** A complete, living event. */
  upsert(item: GraphEvent): void;
  /** An entry, or a series with all its occurrences; or `alone`. */
  delete(providerEventId: string, alone?: 'alone'): void;
  series(recurringEventId: string, events: readonly CalendarEvent[], keep?: readonly string[]): void;
  unreadable(providerEventId: string, reason: string): void;
}

export function createCollector(context: NormaliseContext): Collector {
  const changes: EventChange[] = [];
  const unreadable: UnreadableEvent[] = [];
  return {
    readings: { changes, unreadable },
    upsert: (item) => {
      const normalised = normalise(item, context);
      if (normalised.type === 'event') changes.push({ type: 'upsert', event: normalised.event });
      else unreadable.push(normalised.unreadable);
    },
    delete: (providerEventId, alone) => {
      changes.push({ type: 'delete', providerEventId, ...(alone === 'alone' && { alone: true }) });
    },
    series: (recurringEventId, events, keep) => {
      changes.push({ type: 'series', recurringEventId, events, keep });
    },
    unreadable: (providerEventId, reason) => {
      unreadable.push({ providerEventId, reason });
    },
  };
}
