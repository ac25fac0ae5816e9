import type { GoogleSimulator } from '../../simulators/google/index.ts';
import type { EventAttendee, GoogleEvent } from '../../simulators/google/wire.ts';
import type { EventChange, Hand } from './hand.ts';
import type { SeenEvent } from './seen-event.ts';

/** In Google Calendar. */
export function googleHand(google: GoogleSimulator): Hand {
  const edit = ({ email, calendarId, id }: SeenEvent, patch: GoogleEvent): void => {
    google.editEvent(email, calendarId, id, patch);
  };
  return {
    change: (event, change) => edit(event, patchOf(event, change)),
    invite: (event, email) => edit(event, { attendees: [...attendeesOf(event), { email }] }),
    uninvite: (event, email) =>
      edit(event, { attendees: attendeesOf(event).filter((attendee) => attendee.email !== email) }),
    answer: (event, email, answer) => {
      if (hasCopy(google, event, email)) {
        google.respond(email, event.id, { responseStatus: answer });
        return;
      }
      // Elsewhere they answer by mail, which Google writes into the organizer's event; nobody else hears of it.
      const attendees = attendeesOf(event).map((attendee) =>
        attendee.email === email ? { ...attendee, responseStatus: answer } : attendee,
      );
      google.editEvent(event.email, event.calendarId, event.id, { attendees }, { sendUpdates: 'none' });
    },
    remove: ({ email, calendarId, id }) => google.removeEvent(email, calendarId, id),
  };
}

function patchOf({ native }: SeenEvent, change: EventChange): GoogleEvent {
  if ('title' in change) return { summary: change.title };
  if ('location' in change) return { location: change.location };
  if ('note' in change) {
    const { description = '' } = native as GoogleEvent;
    return { description: `${change.note}\n${description}` };
  }
  if ('visibility' in change) return { visibility: change.visibility };
  const at = (instant: number) => ({ dateTime: new Date(instant).toISOString() });
  return { start: at(change.start), end: at(change.end) };
}

function attendeesOf({ native }: SeenEvent): EventAttendee[] {
  return (native as GoogleEvent).attendees ?? [];
}

function hasCopy(google: GoogleSimulator, { id, start, end }: SeenEvent, email: string): boolean {
  try {
    const shown = google.truth(email, email, new Date(start - 1), new Date(end + 1));
    return shown.some((item) => item.id === id && item.organizer?.self !== true);
  } catch {
    // Somebody who does not use this Google.
    return false;
  }
}
