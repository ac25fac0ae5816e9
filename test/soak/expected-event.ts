import { Temporal } from 'temporal-polyfill';

/**
 * What we promise to have stored of an entry, worked out from the provider's answer alone: written a second time, by
 * the providers' documentation and without a line of the adapters. Instants are ISO texts; what has no value is absent.
 */
export interface ExpectedEvent {
  providerEventId: string;
  iCalUID?: string | undefined;
  etag?: string | undefined;
  status: string;
  kind: string;
  title?: string | undefined;
  description?: string | undefined;
  location?: string | undefined;
  start: string;
  end: string;
  startTimeZone?: string | undefined;
  allDay: boolean;
  startDate?: string | undefined;
  endDate?: string | undefined;
  busy: string;
  response: string;
  organizer?: ExpectedPerson | undefined;
  attendees: (ExpectedPerson & { response: string; optional: boolean; resource: boolean })[];
  recurringEventId?: string | undefined;
  originalStart?: string | undefined;
  meetingUrl?: string | undefined;
  visibility: string;
}

interface ExpectedPerson {
  email: string;
  name?: string | undefined;
  self: boolean;
}

export const eventFields = [
  'providerEventId',
  'iCalUID',
  'etag',
  'status',
  'kind',
  'title',
  'description',
  'location',
  'start',
  'end',
  'startTimeZone',
  'allDay',
  'startDate',
  'endDate',
  'busy',
  'response',
  'organizer',
  'attendees',
  'recurringEventId',
  'originalStart',
  'meetingUrl',
  'visibility',
] as const satisfies readonly (keyof ExpectedEvent)[];

/** The first instant of a day in a zone. */
export function dayBegins(date: string, zone: string): string {
  return iso(Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds);
}

export function iso(instant: number | string): string {
  return new Date(instant).toISOString();
}

/** Private entries are kept without anything that tells what they are about. */
export function asKept(event: ExpectedEvent): ExpectedEvent {
  if (event.visibility !== 'private' && event.visibility !== 'confidential') return event;
  const nothing = undefined;
  return {
    ...event,
    title: nothing,
    description: nothing,
    location: nothing,
    organizer: nothing,
    meetingUrl: nothing,
    attendees: [],
  };
}

/** A text without content is none. */
export function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
