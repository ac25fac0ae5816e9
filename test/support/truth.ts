import type { GoogleSimulator } from '../simulators/google/index.ts';
import type { MicrosoftSimulator } from '../simulators/microsoft/index.ts';

/** What an entry is, reduced to what both a provider's plain listing and our API tell of it. */
export interface Entry {
  readonly id: string;
  readonly series: string | undefined;
  /** Absent of private entries: we keep none. */
  readonly title: string | undefined;
  /** Days of an all-day entry, instants of any other. */
  readonly from: string;
  readonly to: string;
}

type Range = readonly [from: Date, to: Date];

const byId = (a: Entry, b: Entry): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const instant = (text: string | undefined): string => new Date(text ?? '').toISOString();

/** The provider's own plain listing of the range: what the store has to equal (I4). */
export function googleTruth(
  google: GoogleSimulator,
  email: string,
  [from, to]: Range,
  calendarId = email,
): Entry[] {
  return google
    .truth(email, calendarId, from, to)
    .map((event) => ({
      id: event.id ?? '',
      series: event.recurringEventId,
      title: ['private', 'confidential'].includes(event.visibility ?? '') ? undefined : event.summary,
      from: event.start?.date ?? instant(event.start?.dateTime),
      to: event.end?.date ?? instant(event.end?.dateTime),
    }))
    .toSorted(byId);
}

export function microsoftTruth(
  microsoft: MicrosoftSimulator,
  email: string,
  [from, to]: Range,
  calendarId = 'default',
): Entry[] {
  return microsoft
    .truth(email, calendarId, from, to)
    .map((event) => {
      const side = ({ dateTime }: { dateTime: string }): string =>
        event.isAllDay === true ? dateTime.slice(0, 10) : instant(`${dateTime.slice(0, 19)}Z`);
      return {
        id: String(event.id),
        series: typeof event.seriesMasterId === 'string' ? event.seriesMasterId : undefined,
        title: ['private', 'confidential'].includes(String(event.sensitivity))
          ? undefined
          : String(event.subject),
        from: side(event.start as { dateTime: string }),
        to: side(event.end as { dateTime: string }),
      };
    })
    .toSorted(byId);
}

/** The events of our API in the same form. */
export function stored(events: readonly Record<string, unknown>[]): Entry[] {
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return events
    .map((event) => ({
      id: String(event['providerEventId']),
      series: text(event['recurringEventId']),
      title: text(event['title']),
      from: text(event['startDate']) ?? instant(text(event['start'])),
      to: text(event['endDate']) ?? instant(text(event['end'])),
    }))
    .toSorted(byId);
}
