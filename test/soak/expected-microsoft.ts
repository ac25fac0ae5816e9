import { bodyAs, type ItemBody } from '../simulators/microsoft/body-types.ts';
import type { GraphEvent } from '../simulators/microsoft/index.ts';
import { asKept, dayBegins, filled, iso, type ExpectedEvent } from './expected-event.ts';

interface Recipient {
  readonly emailAddress: { readonly address: string; readonly name: string };
}

/** What the run looks into of an event of Graph, written in UTC. */
interface Wire extends GraphEvent {
  readonly '@odata.etag': string;
  readonly type: 'singleInstance' | 'occurrence' | 'exception';
  readonly start: { readonly dateTime: string };
  readonly end: { readonly dateTime: string };
  readonly originalStart?: string;
  readonly originalStartTimeZone: string;
  readonly isAllDay: boolean;
  readonly isOrganizer: boolean;
  readonly showAs: string;
  readonly sensitivity: string;
  readonly responseStatus: { readonly response: string };
  readonly organizer: Recipient;
  readonly attendees: readonly (Recipient & { type: string; status: { response: string } })[];
  readonly seriesMasterId: string | null;
  readonly location: { readonly displayName: string };
  readonly body: ItemBody;
  readonly onlineMeeting: { readonly joinUrl: string } | null;
}

/** Of one item of a plain `calendarView` in the mailbox of `email`. */
export function expectedOfMicrosoft(event: GraphEvent, email: string): ExpectedEvent {
  const item = event as Wire;
  const isOccurrence = item.type === 'occurrence';
  const zone = zonesByName[item.originalStartTimeZone] ?? item.originalStartTimeZone;
  const times = item.isAllDay ? daysOf(item, zone) : hoursOf(item);
  const busy = shown[item.showAs] ?? 'busy';
  return asKept({
    providerEventId: item.id,
    // An occurrence that follows its series has neither of its own.
    iCalUID: isOccurrence ? undefined : String(item['iCalUId']),
    etag: isOccurrence ? undefined : item['@odata.etag'],
    status: busy === 'tentative' ? 'tentative' : 'confirmed',
    kind: 'default',
    title: filled(item['subject']),
    // Exchange makes the text that is asked for of what it holds.
    description: filled(bodyAs('text', item.body).content),
    location: filled(item.location.displayName),
    ...times,
    startTimeZone: zone,
    allDay: item.isAllDay,
    busy,
    response: ownResponse(item),
    organizer: { ...person(item.organizer), self: item.isOrganizer },
    attendees: item.attendees.map((attendee) => ({
      ...person(attendee),
      response: responses[attendee.status.response] ?? 'none',
      optional: attendee.type === 'optional',
      resource: attendee.type === 'resource',
      self: attendee.emailAddress.address === email,
    })),
    recurringEventId: item.seriesMasterId ?? undefined,
    originalStart: isOccurrence ? times.start : item.originalStart && iso(item.originalStart),
    meetingUrl: item.onlineMeeting?.joinUrl,
    visibility: visibilities[item.sensitivity] ?? 'private',
  });
}

/** By hand and not from our table: those that the run uses. */
const zonesByName: Readonly<Record<string, string>> = {
  'W. Europe Standard Time': 'Europe/Berlin',
  'Eastern Standard Time': 'America/New_York',
  'India Standard Time': 'Asia/Calcutta',
};

function hoursOf({ start, end }: Wire): Pick<ExpectedEvent, 'start' | 'end'> {
  const at = (dateTime: string): string => iso(`${dateTime.slice(0, 23)}Z`);
  return { start: at(start.dateTime), end: at(end.dateTime) };
}

/** The days as they stand, in the zone in which the entry was made. */
function daysOf({ start, end }: Wire, zone: string) {
  const startDate = start.dateTime.slice(0, 10);
  const endDate = end.dateTime.slice(0, 10);
  return { startDate, endDate, start: dayBegins(startDate, zone), end: dayBegins(endDate, zone) };
}

const shown: Readonly<Record<string, string>> = {
  free: 'free',
  tentative: 'tentative',
  oof: 'out_of_office',
  workingElsewhere: 'working_elsewhere',
};

const responses: Readonly<Record<string, string>> = {
  organizer: 'organizer',
  accepted: 'accepted',
  tentativelyAccepted: 'tentative',
  declined: 'declined',
  notResponded: 'needs_action',
};

const visibilities: Readonly<Record<string, string>> = {
  normal: 'default',
  personal: 'default',
  private: 'private',
  confidential: 'confidential',
};

function ownResponse({ responseStatus, isOrganizer }: Wire): string {
  return responses[responseStatus.response] ?? (isOrganizer ? 'organizer' : 'none');
}

function person({ emailAddress: { address, name } }: Recipient): { email: string; name: string } {
  return { email: address, name };
}
