import type { GoogleSimulator } from '../test/simulators/google/index.ts';
import type { GoogleEventInput } from '../test/simulators/google/wire.ts';
import type { Entry, Guest } from './entries.ts';
import { dayOf, momentOf } from './wall-clock.ts';

const zone = 'Europe/Berlin';

export function seedGoogle(google: GoogleSimulator, email: string, entries: readonly Entry[]): void {
  google.addUser({ email, timeZone: zone });
  google.putEvents(
    email,
    'primary',
    entries.map((entry) => wireEvent(entry, email)),
  );
}

function wireEvent(entry: Entry, email: string): GoogleEventInput {
  return {
    id: entry.key,
    summary: entry.title,
    ...timesOf(entry),
    ...(entry.description !== '' && { description: entry.description }),
    ...(entry.location !== '' && { location: entry.location }),
    ...(entry.isPrivate && { visibility: 'private' }),
    ...showAsOf(entry),
    ...peopleOf(entry, email),
    ...(entry.isOnline && conferenceOf(entry)),
    ...(entry.repeats && { recurrence: [ruleOf(entry.repeats)] }),
  };
}

function timesOf(entry: Entry): Pick<GoogleEventInput, 'start' | 'end'> {
  const { date, startMinute, durationMinutes, durationDays } = entry;
  if (startMinute === undefined) return { start: { date }, end: { date: dayOf(date, durationDays) } };
  return {
    start: { dateTime: momentOf(date, startMinute), timeZone: zone },
    end: { dateTime: momentOf(date, startMinute + durationMinutes), timeZone: zone },
  };
}

function showAsOf({ showAs }: Entry): Partial<GoogleEventInput> {
  switch (showAs) {
    case 'busy':
      return {};
    case 'free':
      return { transparency: 'transparent' };
    case 'tentative':
      return { status: 'tentative' };
    case 'away':
      return { eventType: 'outOfOffice' };
  }
}

function peopleOf({ guests, ownResponse }: Entry, email: string): Partial<GoogleEventInput> {
  const [host] = guests;
  if (host === undefined) return {};
  const isOwn = ownResponse === 'organizer';
  const own = {
    email,
    responseStatus: isOwn ? ('accepted' as const) : responses[ownResponse],
    ...(isOwn && { organizer: true }),
  };
  const others = guests.map((guest) => ({
    email: guest.email,
    displayName: guest.name,
    responseStatus: responses[guest.response],
    ...(guest.optional && { optional: true }),
    ...(!isOwn && guest === host && { organizer: true }),
  }));
  return {
    attendees: [own, ...others],
    ...(!isOwn && { organizer: { email: host.email, displayName: host.name } }),
  };
}

const responses = {
  accepted: 'accepted',
  declined: 'declined',
  tentative: 'tentative',
  needs_action: 'needsAction',
} as const satisfies Record<Guest['response'], string>;

function conferenceOf({ key }: Entry): Partial<GoogleEventInput> {
  const uri = `https://meet.google.com/${key}`;
  return {
    hangoutLink: uri,
    conferenceData: {
      conferenceId: key,
      conferenceSolution: { key: { type: 'hangoutsMeet' }, name: 'Google Meet' },
      entryPoints: [
        { entryPointType: 'video', uri, label: uri.slice('https://'.length) },
        { entryPointType: 'phone', uri: 'tel:+49-30-0000000', pin: '1234567890' },
      ],
    },
  };
}

const dayNames = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

function ruleOf({ weekdays, count }: NonNullable<Entry['repeats']>): string {
  const days = weekdays.map((weekday) => dayNames[weekday]).join(',');
  return `RRULE:FREQ=WEEKLY;BYDAY=${days};COUNT=${count}`;
}
