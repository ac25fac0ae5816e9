/** What a time means for availability, before anybody's policy. */
export const busyKinds = ['busy', 'free', 'tentative', 'out_of_office', 'working_elsewhere'] as const;
export type BusyKind = (typeof busyKinds)[number];

/** The calendar owner's own answer. `none`: nobody asked (a private appointment). */
export const responses = ['none', 'organizer', 'needs_action', 'accepted', 'tentative', 'declined'] as const;
export type Response = (typeof responses)[number];

export const visibilities = ['default', 'public', 'private', 'confidential'] as const;
export type Visibility = (typeof visibilities)[number];

/** What kind of entry it is, where the vendor tells; `working_location` and `birthday` never block time. */
export const eventKinds = ['default', 'focus_time', 'out_of_office', 'working_location', 'birthday'] as const;
export type EventKind = (typeof eventKinds)[number];

export interface Attendee {
  readonly email: string;
  readonly name?: string | undefined;
  readonly response: Response;
  readonly optional: boolean;
  readonly resource: boolean;
  /** The calendar on which this copy lives. */
  readonly self: boolean;
}

/**
 * One living entry of a calendar, in our words. A series comes as its occurrences; cancelled ones do not come at all.
 * Instants are UTC. An all-day entry keeps its dates (`endDate` exclusive, RFC 5545 3.6.1) beside the instants at which
 * those days begin and end in the calendar's own time zone.
 */
export interface CalendarEvent {
  /** The vendor's id: opaque, case-sensitive, unique in its calendar only. */
  readonly providerEventId: string;
  readonly iCalUID?: string | undefined;
  readonly etag?: string | undefined;
  readonly status: 'confirmed' | 'tentative';
  readonly kind: EventKind;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly location?: string | undefined;
  readonly start: Date;
  readonly end: Date;
  /** IANA name; absent where the vendor's name is not known. */
  readonly startTimeZone?: string | undefined;
  readonly allDay: boolean;
  /** `YYYY-MM-DD`, of an all-day entry only. */
  readonly startDate?: string | undefined;
  readonly endDate?: string | undefined;
  readonly busy: BusyKind;
  readonly response: Response;
  readonly organizer?:
    | { readonly email: string; readonly name?: string | undefined; readonly self: boolean }
    | undefined;
  readonly attendees: readonly Attendee[];
  /** The vendor's id of the series that this is an occurrence of. */
  readonly recurringEventId?: string | undefined;
  /** Where the series put this occurrence, even when it was moved. */
  readonly originalStart?: Date | undefined;
  readonly meetingUrl?: string | undefined;
  readonly visibility: Visibility;
  /**
   * The client's own name of it, where the vendor tells one (Microsoft's `transactionId`): by which an event of ours is
   * known before its id is. Not stored, and no part of the content.
   */
  readonly clientKey?: string | undefined;
}

/** `busy`: times only, for main apps that must not hold anybody's details. */
export type EventDetail = 'full' | 'busy';

/** Private and confidential entries keep their times and lose what they are about, whatever the vendor sent. */
export function withoutDetail(event: CalendarEvent, detail: EventDetail): CalendarEvent {
  const hidden = detail === 'busy' || event.visibility === 'private' || event.visibility === 'confidential';
  if (!hidden) return event;
  return {
    ...event,
    title: undefined,
    description: undefined,
    location: undefined,
    organizer: undefined,
    attendees: [],
    meetingUrl: undefined,
  };
}

/** What makes two readings of an entry the same: everything we keep, in a fixed order. Hash it to compare cheaply. */
export function contentOf(event: CalendarEvent): string {
  return JSON.stringify([
    event.providerEventId,
    event.iCalUID,
    event.etag,
    event.status,
    event.kind,
    event.title,
    event.description,
    event.location,
    event.start.getTime(),
    event.end.getTime(),
    event.startTimeZone,
    event.allDay,
    event.startDate,
    event.endDate,
    event.busy,
    event.response,
    event.organizer,
    event.attendees,
    event.recurringEventId,
    event.originalStart?.getTime(),
    event.meetingUrl,
    event.visibility,
  ]);
}
