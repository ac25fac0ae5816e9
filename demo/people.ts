import { Temporal } from 'temporal-polyfill';
import type { Person } from '../examples/settings-page/people.ts';
import type { GoogleSimulator } from '../test/simulators/google/index.ts';
import type { MicrosoftSimulator } from '../test/simulators/microsoft/index.ts';

/** Two people with calendars as people have them, on the working days around `today`. */
export const ada = {
  userId: 'user-ada',
  email: 'ada@analytical.example',
  name: 'Ada Lovelace',
  zone: 'Europe/London',
};
export const grace = {
  userId: 'user-grace',
  email: 'grace@harbor.example',
  name: 'Grace Hopper',
  zone: 'America/New_York',
};
/** Whoever sits in front of the demo: with an account at each provider, and none connected yet. */
export const you = {
  userId: 'user-you',
  email: 'katherine@orbit.example',
  name: 'Katherine Johnson',
  zone: 'Europe/Berlin',
};

/** As the settings page knows them: early in New York, late in Europe, so that there are hours that all of them work. */
export function colleagues(): Person[] {
  const weekdays = (start: string, end: string) =>
    Object.fromEntries(
      ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'].map((day) => [day, [{ start, end }]]),
    );
  return [
    { ...you, workingHours: weekdays('09:00', '18:30') },
    { ...ada, workingHours: weekdays('09:00', '18:00') },
    { ...grace, workingHours: weekdays('08:00', '16:00') },
  ].map(({ zone, ...person }) => ({ ...person, timeZone: zone }));
}

export interface Week {
  /** The first Monday on or after a day. */
  readonly monday: Temporal.PlainDate;
  /** A wall-clock time on the nth day of that week, without offset. */
  readonly at: (day: number, time: string) => string;
  readonly date: (day: number) => string;
}

export function weekFrom(today: Date): Week {
  const day = Temporal.Instant.fromEpochMilliseconds(today.getTime()).toZonedDateTimeISO('UTC').toPlainDate();
  const monday = day.add({ days: (8 - day.dayOfWeek) % 7 });
  const date = (days: number): string => monday.add({ days }).toString();
  return { monday, date, at: (days, time) => `${date(days)}T${time}:00` };
}

/** Ada at Google: a series with a moved and a cancelled occurrence, and one entry of every kind that counts. */
export function seedAda(google: GoogleSimulator, { at, date }: Week): void {
  const { email, zone: timeZone } = ada;
  google.addUser({ email, name: ada.name, timeZone, sub: '1081500000000000001' });
  const timed = (day: number, from: string, to: string) => ({
    start: { dateTime: at(day, from), timeZone },
    end: { dateTime: at(day, to), timeZone },
  });
  const put = (event: Parameters<GoogleSimulator['putEvent']>[2]) => google.putEvent(email, email, event);
  put({
    id: 'standup',
    summary: 'Stand-up',
    recurrence: ['RRULE:FREQ=DAILY;COUNT=60'],
    ...timed(0, '09:30', '09:45'),
  });
  const moved = timed(1, '11:00', '11:15');
  google.moveInstance(email, email, 'standup', instant(at(1, '09:30'), timeZone), moved);
  google.cancelInstance(email, email, 'standup', instant(at(2, '09:30'), timeZone));
  put({ summary: 'Sprint planning', location: 'Room 5', ...timed(0, '13:00', '15:00') });
  put({ summary: 'Dentist', visibility: 'private', ...timed(1, '16:00', '17:00') });
  put({ summary: 'Gym', transparency: 'transparent', ...timed(1, '07:00', '08:00') });
  const self = { email, self: true };
  const host = { email: 'host@elsewhere.example' };
  put({
    summary: 'Vendor pitch',
    organizer: host,
    attendees: [{ ...self, responseStatus: 'declined' }],
    ...timed(2, '10:00', '11:00'),
  });
  put({ summary: 'Book club', status: 'tentative', ...timed(2, '12:00', '13:00') });
  put({ summary: 'Out of office', eventType: 'outOfOffice', ...timed(3, '12:00', '18:00') });
  put({ summary: 'Day off', start: { date: date(4) }, end: { date: date(5) } });
  const family = google.addCalendar(email, { summary: 'Family', timeZone, accessRole: 'owner' });
  google.putEvent(email, family.id, { summary: 'School play', ...timed(3, '10:00', '11:30') });
  const holidays = google.addCalendar(email, {
    summary: 'Holidays in the United Kingdom',
    timeZone,
    accessRole: 'reader',
  });
  google.putEvent(email, holidays.id, {
    summary: 'Bank holiday',
    start: { date: date(0) },
    end: { date: date(1) },
  });
}

/** Grace at Microsoft: the same kinds in Outlook's words. */
export function seedGrace(microsoft: MicrosoftSimulator, { at, date }: Week): void {
  const { email } = grace;
  const timeZone = 'Eastern Standard Time';
  microsoft.addUser({ email, name: grace.name, timeZone });
  const timed = (day: number, from: string, to: string) => ({
    start: { dateTime: at(day, from), timeZone },
    end: { dateTime: at(day, to), timeZone },
  });
  const put = (event: Parameters<MicrosoftSimulator['putEvent']>[2]) =>
    microsoft.putEvent(email, 'default', event);
  const series = put({
    subject: 'Team sync',
    ...timed(0, '10:00', '10:30'),
    recurrence: {
      pattern: {
        type: 'weekly',
        interval: 1,
        daysOfWeek: ['monday', 'wednesday', 'friday'],
        firstDayOfWeek: 'sunday',
      },
      range: { type: 'numbered', startDate: date(0), numberOfOccurrences: 30, recurrenceTimeZone: timeZone },
    },
  });
  microsoft.moveOccurrence(email, 'default', String(series.id), date(2), timed(2, '14:00', '14:30'));
  microsoft.cancelOccurrence(email, 'default', String(series.id), date(4));
  put({ subject: 'Compiler review', location: { displayName: 'Yard 3' }, ...timed(0, '14:00', '16:00') });
  put({ subject: 'Physiotherapy', sensitivity: 'private', ...timed(1, '08:00', '09:00') });
  put({ subject: 'Reading', showAs: 'free', ...timed(1, '12:00', '13:00') });
  put({ subject: 'Conference call', showAs: 'tentative', ...timed(2, '09:00', '10:00') });
  put({ subject: 'Travel', showAs: 'oof', ...timed(3, '06:00', '12:00') });
  put({ subject: 'Leave', isAllDay: true, ...midnights(date(4), date(5), timeZone) });
}

/** A few entries at Google, and a work account at Microsoft beside them. */
export function seedYou(google: GoogleSimulator, microsoft: MicrosoftSimulator, { at }: Week): void {
  const { email, name, zone: timeZone } = you;
  google.addUser({ email, name, timeZone });
  microsoft.addUser({ email, name, timeZone: 'W. Europe Standard Time' });
  const put = (summary: string, day: number, from: string, to: string) =>
    google.putEvent(email, email, {
      summary,
      start: { dateTime: at(day, from), timeZone },
      end: { dateTime: at(day, to), timeZone },
    });
  put('Hiring round', 0, '09:30', '11:00');
  put('Lunch with a candidate', 1, '12:00', '13:30');
  put('Debrief', 2, '10:00', '11:30');
  put('School run', 3, '15:00', '15:45');
  google.addCalendar(email, { summary: 'Team events', timeZone, accessRole: 'owner' });
}

function midnights(from: string, to: string, timeZone: string) {
  return { start: { dateTime: `${from}T00:00:00`, timeZone }, end: { dateTime: `${to}T00:00:00`, timeZone } };
}

function instant(local: string, zone: string): string {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(zone).toInstant().toString();
}
