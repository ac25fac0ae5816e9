import { Temporal } from 'temporal-polyfill';

import type { EventInput, MicrosoftSimulator } from '../simulators/microsoft/index.ts';
import { march, type People, type PeoplesEdit } from './provider-harness.ts';

export const email = 'ada@contoso.example';
export const berlin = 'W. Europe Standard Time';
export const colleague = 'bob@contoso.example';

/** Ada and those whom she meets, in Outlook. */
export function peopleOf(microsoft: MicrosoftSimulator): People {
  microsoft.addUser({ email: colleague, name: 'Bob', timeZone: berlin });
  return {
    colleague,
    stranger: 'eve@else.example',
    change: (eventId, edit) => {
      const shown = microsoft
        .truth(email, 'default', march.start, march.end)
        .find(({ id }) => id === eventId);
      const attendees = (shown?.['attendees'] ?? []) as object[];
      microsoft.putEvent(email, 'default', { id: eventId, ...changesOf(edit, attendees) });
      microsoft.sendInvitations(email, eventId);
    },
    remove: (eventId) => microsoft.deleteEvent(email, 'default', eventId),
    answer: (eventId, response) =>
      microsoft.respond(
        email,
        eventId,
        colleague,
        response === 'tentative' ? 'tentativelyAccepted' : response,
      ),
    mails: (to) => microsoft.mailTo(to).flatMap(({ kind }) => (kind === 'response' ? [] : kind)),
    // Teams makes its links at once.
    settleConferences: () => undefined,
  };
}

function changesOf(
  { title, start, end, allDay = false, private: hidden, invite }: PeoplesEdit,
  attendees: readonly object[],
): EventInput {
  const time = (at: string) => (allDay ? { dateTime: `${at}T00:00:00`, timeZone: berlin } : wallClock(at));
  return {
    ...(title === undefined ? {} : { subject: title }),
    ...(start === undefined ? {} : { start: time(start), isAllDay: allDay }),
    ...(end === undefined ? {} : { end: time(end) }),
    ...(hidden === true ? { sensitivity: 'private' } : {}),
    ...(invite === undefined ? {} : { attendees: [...attendees, newcomer(invite)] }),
  };
}

function newcomer(address: string): object {
  const status = { response: 'none', time: '0001-01-01T00:00:00Z' };
  return { type: 'required', status, emailAddress: { address, name: address } };
}

export function wallClock(instant: string) {
  const local = Temporal.Instant.from(instant).toZonedDateTimeISO('Europe/Berlin').toPlainDateTime();
  return { dateTime: local.toString({ smallestUnit: 'second' }), timeZone: berlin };
}
