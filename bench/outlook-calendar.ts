import type { EventInput, MicrosoftSimulator } from '../test/simulators/microsoft/index.ts';
import type { Entry, Guest } from './entries.ts';
import { dayOf, momentOf } from './wall-clock.ts';

const zone = 'W. Europe Standard Time';

export function seedOutlook(microsoft: MicrosoftSimulator, email: string, entries: readonly Entry[]): void {
  microsoft.addUser({ email, name: 'Bench Owner', timeZone: zone });
  for (const entry of entries) microsoft.putEvent(email, 'default', wireEvent(entry, email));
}

function wireEvent(entry: Entry, email: string): EventInput {
  return {
    id: entry.key,
    subject: entry.title,
    ...timesOf(entry),
    ...(entry.description !== '' && {
      body: { contentType: 'html', content: `<p>${entry.description}</p>` },
    }),
    ...(entry.location !== '' && { location: { displayName: entry.location, locationType: 'default' } }),
    ...(entry.isPrivate && { sensitivity: 'private' }),
    showAs: entry.showAs === 'away' ? 'oof' : entry.showAs,
    ...peopleOf(entry, email),
    ...(entry.isOnline && {
      onlineMeeting: { joinUrl: `https://teams.microsoft.com/l/meetup-join/${entry.key}` },
    }),
    ...(entry.repeats && { recurrence: patternOf(entry.date, entry.repeats) }),
  };
}

function timesOf(entry: Entry): Pick<EventInput, 'start' | 'end' | 'isAllDay'> {
  const { date, startMinute, durationMinutes, durationDays } = entry;
  const at = (dateTime: string) => ({ dateTime, timeZone: zone });
  if (startMinute === undefined) {
    return { isAllDay: true, start: at(momentOf(date, 0)), end: at(momentOf(dayOf(date, durationDays), 0)) };
  }
  return { start: at(momentOf(date, startMinute)), end: at(momentOf(date, startMinute + durationMinutes)) };
}

const responses = {
  accepted: 'accepted',
  declined: 'declined',
  tentative: 'tentativelyAccepted',
  needs_action: 'notResponded',
} as const satisfies Record<Guest['response'], string>;

const answeredAt = '2025-11-20T08:00:00Z';

function peopleOf({ guests, ownResponse }: Entry, email: string): Partial<EventInput> {
  const [host] = guests;
  if (host === undefined) return {};
  const isOwn = ownResponse === 'organizer';
  const others = guests.map(({ name, email: address, optional, response }) => ({
    type: optional ? 'optional' : 'required',
    status: { response: responses[response], time: answeredAt },
    emailAddress: { name, address },
  }));
  if (isOwn) return { attendees: others };
  const status = { response: responses[ownResponse], time: answeredAt };
  const own = { type: 'required', status, emailAddress: { name: 'Bench Owner', address: email } };
  return {
    attendees: [own, ...others],
    organizer: { emailAddress: { name: host.name, address: host.email } },
    responseStatus: status,
  };
}

const dayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

function patternOf(
  startDate: string,
  { weekdays, count }: NonNullable<Entry['repeats']>,
): NonNullable<EventInput['recurrence']> {
  const daysOfWeek = weekdays.flatMap((weekday) => dayNames[weekday] ?? []);
  return {
    pattern: { type: 'weekly', interval: 1, daysOfWeek, firstDayOfWeek: 'monday' },
    range: { type: 'numbered', startDate, numberOfOccurrences: count, recurrenceTimeZone: zone },
  };
}
