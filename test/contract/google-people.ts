import type { GoogleSimulator } from '../simulators/google/index.ts';
import type { EventTime, GoogleEvent } from '../simulators/google/wire.ts';
import { ADA } from '../support/google-events.ts';
import { march, type People, type PeoplesEdit } from './provider-harness.ts';

/** Ada and those whom she meets, in Google's own pages. */
export function peopleOf(google: GoogleSimulator): People {
  const colleague = 'bob@example.com';
  google.addUser({ email: colleague, timeZone: 'Europe/Berlin' });
  return {
    colleague,
    stranger: 'eve@else.example',
    change: (eventId, edit) => {
      const shown = google.truth(ADA, 'primary', march.start, march.end).find(({ id }) => id === eventId);
      google.editEvent(ADA, 'primary', eventId, patchOf(edit, shown?.attendees));
    },
    remove: (eventId) => google.removeEvent(ADA, 'primary', eventId),
    answer: (eventId, responseStatus) => google.respond(colleague, eventId, { responseStatus }),
    mails: (to) =>
      google.mail.flatMap((mail) => (mail.to === to && mail.kind !== 'response' ? mail.kind : [])),
    settleConferences: () => google.settleConferences(),
  };
}

function patchOf(
  { title, start, end, allDay, private: hidden, invite }: PeoplesEdit,
  attendees: GoogleEvent['attendees'] = [],
): GoogleEvent {
  return {
    ...(title === undefined ? {} : { summary: title }),
    ...(start === undefined ? {} : { start: timeOf(start, allDay) }),
    ...(end === undefined ? {} : { end: timeOf(end, allDay) }),
    ...(hidden === true ? { visibility: 'private' } : {}),
    ...(invite === undefined ? {} : { attendees: [...attendees, { email: invite }] }),
  };
}

/** Null takes away what the other kind of time left. */
function timeOf(at: string, allDay = false): EventTime {
  const time = allDay ? { date: at, dateTime: null, timeZone: null } : { dateTime: at, date: null };
  return time as unknown as EventTime;
}
