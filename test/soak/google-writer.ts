import type { GoogleSimulator } from '../simulators/google/index.ts';
import type { EventAttendee, EventTime, GoogleEvent, GoogleEventInput } from '../simulators/google/wire.ts';
import { dateOn, wallClock, type Anchor, type Times } from './dates.ts';
import { reachOf, type Appointment, type Details, type Series, type Writer } from './model.ts';

/** What the users do in Google Calendar. */
export function googleWriter(google: GoogleSimulator, anchor: Anchor): Writer {
  const { from, to } = reachOf(anchor);
  return {
    put: ({ email }, calendarId, appointment) => {
      google.putEvent(email, calendarId, eventOf(appointment, email, anchor));
    },
    describe: ({ email }, calendarId, appointment) => {
      google.putEvent(email, calendarId, eventOf(appointment, email, anchor));
    },
    remove: ({ email }, calendarId, id) => google.deleteEvent(email, calendarId, id),
    occurrences: ({ email }, calendarId, id) =>
      google
        .truth(email, calendarId, from, to)
        .filter(({ recurringEventId }) => recurringEventId === id)
        .map(({ originalStartTime }) => originalStartTime?.date ?? originalStartTime?.dateTime ?? ''),
    cancelOccurrence: ({ email }, calendarId, id, original) => {
      google.cancelInstance(email, calendarId, id, original);
    },
    changeOccurrence: ({ email }, calendarId, { id, zone }, original, { times, title }) => {
      google.moveInstance(email, calendarId, id, original, changeOf(times, zone, anchor, title));
    },
    split: ({ email }, calendarId, { id, zone }, original, { times, title }) => {
      const change = changeOf(times, zone, anchor, title);
      return google.splitSeries(email, calendarId, id, original, change).after.id ?? '';
    },
    addCalendar: ({ email }, summary) => google.addCalendar(email, { id: `${summary}@group`, summary }).id,
    removeCalendar: ({ email }, calendarId) => google.removeCalendar(email, calendarId),
    changeCalendar: ({ email }, calendarId, { name, zone }) => {
      google.addCalendar(email, { id: calendarId, summary: name, timeZone: zone });
    },
  };
}

function eventOf(appointment: Appointment, email: string, anchor: Anchor): GoogleEventInput {
  const { id, times, zone, series, details } = appointment;
  return {
    id,
    ...timesOf(times, zone, anchor),
    ...(series === undefined ? {} : { recurrence: [ruleOf(series, times, anchor)] }),
    ...describe(details),
    ...meetingOf(details, email),
    ...linkOf(details),
  };
}

function changeOf(times: Times, zone: string, anchor: Anchor, title: string | undefined) {
  return { ...timesOf(times, zone, anchor), ...(title === undefined ? {} : { summary: title }) };
}

function timesOf(times: Times, timeZone: string, anchor: Anchor): { start: EventTime; end: EventTime } {
  const { allDay, day, startMinute, minutes, days } = times;
  if (allDay) return { start: { date: dateOn(anchor, day) }, end: { date: dateOn(anchor, day + days) } };
  const at = (minute: number): EventTime => ({ dateTime: wallClock(anchor, day, minute), timeZone });
  return { start: at(startMinute), end: at(startMinute + minutes) };
}

function ruleOf({ every, interval, count, untilDay }: Series, { allDay }: Times, anchor: Anchor): string {
  const basicDay = untilDay === undefined ? '' : dateOn(anchor, untilDay).replaceAll('-', '');
  const until = `UNTIL=${basicDay}${allDay ? '' : 'T120000Z'}`;
  const parts = [
    `FREQ=${every === 'day' ? 'DAILY' : 'WEEKLY'}`,
    `INTERVAL=${interval}`,
    ...(untilDay === undefined ? [] : [until]),
    ...(untilDay === undefined && count !== undefined ? [`COUNT=${count}`] : []),
  ];
  return `RRULE:${parts.join(';')}`;
}

function describe({ title, location, description, privacy, kind }: Details): Partial<GoogleEvent> {
  return {
    summary: title,
    ...(location === undefined ? {} : { location }),
    ...(description === undefined ? {} : { description }),
    ...(privacy === 'default' ? {} : { visibility: privacy }),
    ...kindOf(kind),
  };
}

function kindOf(kind: Details['kind']): Partial<GoogleEvent> {
  switch (kind) {
    case 'busy':
      return {};
    case 'free':
      return { transparency: 'transparent' };
    case 'tentative':
      return { status: 'tentative' };
    case 'out of office':
      return { eventType: 'outOfOffice' };
    case 'elsewhere':
      return {
        eventType: 'workingLocation',
        workingLocationProperties: { type: 'homeOffice', homeOffice: {} },
      };
    case 'focus':
      return { eventType: 'focusTime' };
    case 'birthday':
      return { eventType: 'birthday', transparency: 'transparent', visibility: 'private' };
  }
}

const answersAtGoogle = {
  accepted: 'accepted',
  declined: 'declined',
  tentative: 'tentative',
  unanswered: 'needsAction',
} as const;

function meetingOf({ meeting, answer }: Details, email: string): Partial<GoogleEvent> {
  if (meeting === 'none') return {};
  const guest: EventAttendee = { email: 'guest@elsewhere.example', displayName: 'Gil Guest', optional: true };
  const room: EventAttendee = { email: 'room@elsewhere.example', resource: true, responseStatus: 'accepted' };
  const responseStatus = answersAtGoogle[answer];
  if (meeting === 'own') {
    const own = { email, organizer: true, responseStatus };
    return { attendees: [own, { ...guest, responseStatus: 'tentative' }, room] };
  }
  const boss = { email: 'boss@elsewhere.example', displayName: 'Bea Boss' };
  return {
    organizer: boss,
    attendees: [{ ...boss, organizer: true, responseStatus: 'accepted' }, { email, responseStatus }, guest],
  };
}

function linkOf({ link }: Details): Partial<GoogleEvent> {
  if (link === 'none') return {};
  if (link === 'own') return { hangoutLink: 'https://meet.google.com/abc-defg-hij' };
  const entryPoints = [
    { entryPointType: 'phone', uri: 'tel:+49-30-1234567' },
    { entryPointType: 'video', uri: 'https://video.example/room/1' },
  ];
  return { conferenceData: { entryPoints } };
}
