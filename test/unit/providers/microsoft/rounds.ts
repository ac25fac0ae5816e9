import type { Graph } from '../../../../src/providers/microsoft/client.ts';
import { listEvents } from '../../../../src/providers/microsoft/events.ts';
import type { GraphEvent } from '../../../../src/providers/microsoft/graph-event.ts';
import type { EventPage, EventQuery } from '../../../../src/providers/provider.ts';
import { graphUrl } from './fake-graph.ts';

const window = { start: new Date('2026-03-01T00:00:00Z'), end: new Date('2026-04-01T00:00:00Z') };
export const firstPage = '/me/calendars/cal%2F1/calendarView/delta';
export const delta = `${graphUrl}/delta?$deltatoken=a%2Bb`;
export const page = (n: number): string => `${graphUrl}/delta?$skiptoken=${n}`;

export async function list(
  graph: Graph,
  cursor: string | null = null,
  held?: readonly string[] | EventQuery['heldSeries'],
): Promise<EventPage[]> {
  const heldSeries = typeof held === 'object' ? those(held) : held;
  const query = { providerCalendarId: 'cal/1', window, cursor, heldSeries };
  const pages: EventPage[] = [];
  for await (const given of listEvents(graph, { email: 'ada@contoso.example' }, query)) pages.push(given);
  return pages;
}

function those(held: readonly string[]): EventQuery['heldSeries'] {
  return (ids) => Promise.resolve(new Set(ids.filter((id) => held.includes(id))));
}

/** A round of these pages, from the beginning or from the cursor. */
export function round(pages: readonly (readonly GraphEvent[])[], start: string = firstPage) {
  return Object.fromEntries(
    pages.map((value, n) => [
      n === 0 ? start : page(n),
      {
        value,
        ...(n + 1 < pages.length ? { '@odata.nextLink': page(n + 1) } : { '@odata.deltaLink': delta }),
      },
    ]),
  );
}

/** `+id` for an upsert, `-id` for a delete, `series(id: …)`. */
export function words(pages: readonly EventPage[]): string[] {
  return pages.flatMap(({ changes }) =>
    changes.map((change) => {
      if (change.type === 'upsert') return `+${change.event.providerEventId}`;
      if (change.type === 'delete') return `-${change.providerEventId}`;
      const ids = change.events.map(({ providerEventId }) => providerEventId);
      return `series(${change.recurringEventId}: ${ids.join(' ')})`;
    }),
  );
}

export const cursor = `m1:${delta}`;
