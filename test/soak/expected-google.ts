import type { EventAttendee, EventTime, GoogleEvent } from '../simulators/google/wire.ts';
import { asKept, dayBegins, filled, iso, type ExpectedEvent } from './expected-event.ts';

/** Of one item of an expanded `events.list`, in a calendar of this zone. */
export function expectedOfGoogle(item: GoogleEvent, calendarZone: string): ExpectedEvent {
  const own = item.attendees?.find(({ self }) => self === true);
  const allDay = item.start?.date !== undefined;
  return asKept({
    providerEventId: item.id ?? '',
    iCalUID: item.iCalUID,
    etag: item.etag,
    status: item.status === 'tentative' ? 'tentative' : 'confirmed',
    kind: kinds[item.eventType ?? ''] ?? 'default',
    title: filled(item.summary),
    description: filled(item.description),
    location: filled(item.location),
    start: instantAt(item.start, calendarZone),
    end: instantAt(item.end, calendarZone),
    startTimeZone: allDay ? calendarZone : item.start?.timeZone,
    allDay,
    startDate: item.start?.date,
    endDate: item.end?.date,
    busy: busyOf(item, own),
    response: ownResponse(item, own),
    organizer: item.organizer && {
      email: item.organizer.email ?? '',
      name: item.organizer.displayName,
      self: item.organizer.self === true,
    },
    attendees: (item.attendees ?? []).map((attendee) => ({
      email: attendee.email ?? '',
      name: attendee.displayName,
      response: responseOf(attendee, attendee.organizer === true),
      optional: attendee.optional === true,
      resource: attendee.resource === true,
      self: attendee.self === true,
    })),
    recurringEventId: item.recurringEventId,
    originalStart: item.originalStartTime && instantAt(item.originalStartTime, calendarZone),
    meetingUrl: meetingUrl(item),
    visibility: item.visibility ?? 'default',
  });
}

const kinds: Readonly<Record<string, string>> = {
  outOfOffice: 'out_of_office',
  focusTime: 'focus_time',
  workingLocation: 'working_location',
  birthday: 'birthday',
};

function instantAt(time: EventTime | undefined, calendarZone: string): string {
  return time?.date === undefined ? iso(time?.dateTime ?? '') : dayBegins(time.date, calendarZone);
}

function busyOf(item: GoogleEvent, own: EventAttendee | undefined): string {
  // The run has people work at home only; nobody announces their office.
  if (item.eventType === 'workingLocation') return 'working_elsewhere';
  if (item.eventType === 'birthday' || item.transparency === 'transparent') return 'free';
  if (item.eventType === 'outOfOffice') return 'out_of_office';
  return item.status === 'tentative' || own?.responseStatus === 'tentative' ? 'tentative' : 'busy';
}

/** Nobody asked: none. Who organizes is the organizer, but for an answer of another kind. */
function ownResponse(item: GoogleEvent, own: EventAttendee | undefined): string {
  if (own !== undefined) return responseOf(own, item.organizer?.self === true);
  return item.organizer?.self === true && (item.attendees ?? []).length > 0 ? 'organizer' : 'none';
}

function responseOf({ responseStatus }: EventAttendee, organizes: boolean): string {
  if (responseStatus === 'declined' || responseStatus === 'tentative') return responseStatus;
  if (organizes) return 'organizer';
  return responseStatus === 'accepted' ? 'accepted' : 'needs_action';
}

function meetingUrl(item: GoogleEvent): string | undefined {
  if (typeof item['hangoutLink'] === 'string') return item['hangoutLink'];
  const { entryPoints = [] } = (item['conferenceData'] ?? {}) as {
    entryPoints?: { entryPointType: string; uri: string }[];
  };
  return entryPoints.find(({ entryPointType }) => entryPointType === 'video')?.uri;
}
