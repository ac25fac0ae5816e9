import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { GoogleSimulator } from '../simulators/google/index.ts';
import type { MicrosoftSimulator } from '../simulators/microsoft/index.ts';
import type { SimulatedVendors } from './simulated-vendors.ts';

/** What people do to the meetings in a primary calendar, in the vendor's own pages. The organizer is named by address. */
export interface MeetingPeople {
  change(email: string, eventId: string, change: MeetingChange): void;
  /** The organizer takes it out. */
  remove(email: string, eventId: string): void;
  answer(email: string, eventId: string, attendee: string, response: 'accepted' | 'declined'): void;
  /** What an address was mailed of this vendor, the organizer's answers aside, oldest first. */
  mails(to: string): string[];
  /** The ids of the living entries of the primary calendar. */
  living(email: string): string[];
}

export interface MeetingChange {
  readonly title?: string;
  readonly start?: Date;
  readonly end?: Date;
  readonly private?: true;
  /** Beside those who are. */
  readonly invite?: string;
}

const always = [new Date('2020-01-01T00:00:00Z'), new Date('2050-01-01T00:00:00Z')] as const;

export function meetingPeople({
  google,
  microsoft,
}: SimulatedVendors): Readonly<Record<ProviderId, MeetingPeople>> {
  return { google: atGoogle(google.simulator), microsoft: atMicrosoft(microsoft.simulator) };
}

function atGoogle(google: GoogleSimulator): MeetingPeople {
  const attendeesOf = (email: string, eventId: string) =>
    google.truth(email, email, ...always).find(({ id }) => id === eventId)?.attendees ?? [];
  const quietly = { sendUpdates: 'none' } as const;
  return {
    change: (email, eventId, { title, start, end, private: hidden, invite }) => {
      const patch = {
        ...(title !== undefined && { summary: title }),
        ...(start !== undefined && { start: { dateTime: start.toISOString() } }),
        ...(end !== undefined && { end: { dateTime: end.toISOString() } }),
        ...(hidden === true && { visibility: 'private' as const }),
        ...(invite !== undefined && { attendees: [...attendeesOf(email, eventId), { email: invite }] }),
      };
      google.editEvent(email, email, eventId, patch, quietly);
    },
    remove: (email, eventId) => google.removeEvent(email, email, eventId, quietly),
    answer: (email, eventId, attendee, responseStatus) => {
      const attendees = attendeesOf(email, eventId).map((one) =>
        one.email === attendee ? { ...one, responseStatus } : one,
      );
      google.editEvent(email, email, eventId, { attendees }, quietly);
    },
    mails: (to) =>
      google.mail.filter((mail) => mail.to === to && mail.kind !== 'response').map(({ kind }) => kind),
    living: (email) => google.truth(email, email, ...always).map(({ id }) => id ?? ''),
  };
}

function atMicrosoft(microsoft: MicrosoftSimulator): MeetingPeople {
  const utc = (at: Date) => ({ dateTime: at.toISOString().slice(0, 19), timeZone: 'UTC' });
  const events = (email: string) => microsoft.truth(email, 'default', ...always);
  const attendeesOf = (email: string, eventId: string) =>
    (events(email).find(({ id }) => id === eventId)?.['attendees'] ?? []) as object[];
  return {
    change: (email, eventId, { title, start, end, private: hidden, invite }) => {
      const emailAddress = { address: invite, name: invite };
      microsoft.putEvent(email, 'default', {
        id: eventId,
        ...(title !== undefined && { subject: title }),
        ...(start !== undefined && { start: utc(start) }),
        ...(end !== undefined && { end: utc(end) }),
        ...(hidden === true && { sensitivity: 'private' }),
        ...(invite !== undefined && {
          attendees: [...attendeesOf(email, eventId), { type: 'required', emailAddress }],
        }),
      });
    },
    remove: (email, eventId) => microsoft.deleteEvent(email, 'default', eventId),
    answer: (email, eventId, attendee, response) => microsoft.respond(email, eventId, attendee, response),
    mails: (to) =>
      microsoft
        .mailTo(to)
        .filter(({ kind }) => kind !== 'response')
        .map(({ kind }) => kind),
    living: (email) => events(email).map(({ id }) => String(id)),
  };
}
