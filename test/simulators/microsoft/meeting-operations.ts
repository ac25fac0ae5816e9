import type { Directory, DirectoryUser } from './directory.ts';
import { type Mailbox, locate } from './mailbox.ts';
import type { TimeSlot } from './meeting-copies.ts';
import type { AttendeeResponse, MeetingDesk, MeetingMail } from './meetings.ts';

/** What attendees do, and what they were sent. Events that are only put into a calendar invite nobody. */
export interface MeetingOperations {
  /** Invites the attendees of an event that was put into the organizer's calendar, as Outlook does when it is sent. */
  sendInvitations(organizer: string, eventId: string): void;
  /**
   * An attendee answers; the organizer sees it at the event. `eventId` is that of the organizer's event. The attendee
   * need not be a simulated user; one who is has a copy, which takes the answer too (a declined one goes away). Another
   * time that they propose is shown at the event until the meeting moves, or they answer anew.
   */
  respond(
    organizer: string,
    eventId: string,
    attendee: string,
    response: AttendeeResponse,
    proposedNewTime?: TimeSlot,
  ): void;
  /** What that address was sent, oldest first: invitations, updates, cancellations, and to an organizer the responses. */
  mailTo(address: string): MeetingMail[];
  /** The same of all addresses, oldest first. */
  readonly mail: readonly MeetingMail[];
}

export function meetingOperations(
  directory: Directory,
  mailboxOf: (user: DirectoryUser) => Mailbox,
  desk: MeetingDesk,
): MeetingOperations {
  const open = (organizer: string, eventId: string) => {
    const mailbox = mailboxOf(directory.get(organizer));
    const event = locate(mailbox, eventId);
    if (!event) throw new Error(`no event ${eventId} in the mailbox of ${organizer}`);
    return { mailbox, event };
  };
  return {
    sendInvitations: (organizer, eventId) => {
      const { mailbox, event } = open(organizer, eventId);
      desk.invite(mailbox, event.item);
    },
    respond: (organizer, eventId, attendee, response, proposedNewTime) => {
      const { mailbox, event } = open(organizer, eventId);
      desk.respond(mailbox, event, attendee, { response, ...(proposedNewTime && { proposedNewTime }) });
    },
    mailTo: (address) => desk.mail.filter(({ to }) => to.toLowerCase() === address.toLowerCase()),
    mail: desk.mail,
  };
}
