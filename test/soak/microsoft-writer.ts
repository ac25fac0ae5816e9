import type { EventInput, MicrosoftSimulator } from '../simulators/microsoft/index.ts';
import type { PatternedRecurrence } from '../simulators/microsoft/recurrence-pattern.ts';
import { dateOn, wallClock, type Anchor, type Times } from './dates.ts';
import { reachOf, type Appointment, type Details, type Series, type Writer, type Zone } from './model.ts';

/** What the users do in Outlook. */
export function microsoftWriter(microsoft: MicrosoftSimulator, anchor: Anchor): Writer {
  const { from, to } = reachOf(anchor);
  /** Graph's ids of the events that we named. */
  const ids = new Map<string, string>();
  return {
    put: ({ email }, calendarId, appointment) => {
      const { id } = microsoft.putEvent(email, calendarId, eventOf(appointment, email, anchor));
      ids.set(appointment.id, id);
    },
    describe: ({ email }, calendarId, { id, details }) => {
      microsoft.putEvent(email, calendarId, { id, ...describe(details, email) });
    },
    remove: ({ email }, calendarId, id) => microsoft.deleteEvent(email, calendarId, id),
    occurrences: ({ email }, calendarId, id) =>
      microsoft
        .truth(email, calendarId, from, to)
        .filter(({ seriesMasterId }) => seriesMasterId === ids.get(id))
        .map(({ originalStart }) => String(originalStart)),
    cancelOccurrence: ({ email }, calendarId, id, original) =>
      microsoft.cancelOccurrence(email, calendarId, id, original),
    changeOccurrence: ({ email }, calendarId, { id, zone }, original, { times, title }) => {
      const subject = title === undefined ? {} : { subject: title };
      const changes = { ...timesOf(times, zone, anchor), ...subject };
      microsoft.moveOccurrence(email, calendarId, id, original, changes);
    },
    addCalendar: ({ email }, name) => microsoft.addCalendar(email, { name }),
    removeCalendar: ({ email }, calendarId) => microsoft.removeCalendar(email, calendarId),
    changeCalendar: () => {
      throw new Error('calendars have no settings of their own here');
    },
  };
}

/** Half of them by their Windows names, as Outlook writes them; the others as Graph takes them, too. */
const zoneNames: Readonly<Record<Zone, string>> = {
  UTC: 'UTC',
  'Europe/Berlin': 'W. Europe Standard Time',
  'America/New_York': 'Eastern Standard Time',
  'Asia/Calcutta': 'India Standard Time',
  'Pacific/Auckland': 'Pacific/Auckland',
  'America/Sao_Paulo': 'America/Sao_Paulo',
};

function eventOf(appointment: Appointment, email: string, anchor: Anchor): EventInput {
  const { id, times, zone, series, details } = appointment;
  return {
    id,
    ...timesOf(times, zone, anchor),
    originalStartTimeZone: zoneNames[zone],
    originalEndTimeZone: zoneNames[zone],
    recurrence: series === undefined ? null : recurrenceOf(series, times, zone, anchor),
    ...describe(details, email),
  };
}

/** Every field, because Outlook keeps what is not named: an edit takes away as well. */
function describe(details: Details, email: string): EventInput {
  const { title, location, description, link } = details;
  return {
    subject: title,
    location: { displayName: location ?? '', locationType: 'default' },
    body: { contentType: 'html', content: description === undefined ? '' : `<p>${description}</p>` },
    sensitivity: sensitivities[details.privacy],
    showAs: shownAs[details.kind],
    ...meetingOf(details, email),
    onlineMeeting: link === 'none' ? null : { joinUrl: 'https://teams.microsoft.com/l/meetup-join/1' },
  };
}

function timesOf(times: Times, zone: Zone, anchor: Anchor) {
  const { allDay, day, startMinute, minutes, days } = times;
  const timeZone = zoneNames[zone];
  const midnight = (at: number) => ({ dateTime: `${dateOn(anchor, at)}T00:00:00`, timeZone });
  const at = (minute: number) => ({ dateTime: wallClock(anchor, day, minute), timeZone });
  return allDay
    ? { isAllDay: true, start: midnight(day), end: midnight(day + days) }
    : { isAllDay: false, start: at(startMinute), end: at(startMinute + minutes) };
}

function recurrenceOf(series: Series, { day }: Times, zone: Zone, anchor: Anchor): PatternedRecurrence {
  const { every, interval, count, untilDay } = series;
  const common = { startDate: dateOn(anchor, day), recurrenceTimeZone: zoneNames[zone] };
  const pattern = { type: every === 'day' ? ('daily' as const) : ('weekly' as const), interval };
  if (untilDay !== undefined) {
    return { pattern, range: { ...common, type: 'endDate', endDate: dateOn(anchor, untilDay) } };
  }
  if (count === undefined) return { pattern, range: { ...common, type: 'noEnd' } };
  return { pattern, range: { ...common, type: 'numbered', numberOfOccurrences: count } };
}

const sensitivities = {
  default: 'normal',
  public: 'personal',
  private: 'private',
  confidential: 'confidential',
} as const;

const shownAs = {
  busy: 'busy',
  free: 'free',
  tentative: 'tentative',
  'out of office': 'oof',
  elsewhere: 'workingElsewhere',
  focus: 'busy',
  birthday: 'unknown',
} as const;

const answersAtMicrosoft = {
  accepted: 'accepted',
  declined: 'declined',
  tentative: 'tentativelyAccepted',
  unanswered: 'notResponded',
} as const;

const answeredAt = '2026-01-05T09:00:00Z';

function meetingOf({ meeting, answer }: Details, email: string) {
  const person = (address: string, name: string) => ({ emailAddress: { address, name } });
  const own = person(email, email);
  const isOwn = meeting !== 'invited';
  const response = answersAtMicrosoft[answer];
  const boss = person('boss@elsewhere.example', 'Bea Boss');
  const guests = [
    { ...person('guest@elsewhere.example', 'Gil Guest'), type: 'optional', response: 'accepted' },
    { ...person('room@elsewhere.example', 'Room 4'), type: 'resource', response: 'none' },
    ...(isOwn ? [] : [{ ...own, type: 'required', response }]),
  ];
  return {
    organizer: isOwn ? own : boss,
    isOrganizer: isOwn,
    responseStatus: {
      response: isOwn ? 'organizer' : response,
      time: isOwn ? '0001-01-01T00:00:00Z' : answeredAt,
    },
    attendees:
      meeting === 'none'
        ? []
        : guests.map(({ response: said, ...guest }) => ({
            ...guest,
            status: { response: said, time: answeredAt },
          })),
  };
}
