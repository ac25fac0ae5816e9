import { editsOf } from './calendar-edits.ts';
import type { CalendarItem } from './calendar-item.ts';
import { type Located, type Mailbox, type MailboxChange, findCalendar } from './mailbox.ts';
import {
  type Attendee,
  type TimeSlot,
  addressOf,
  attendeesOf,
  copyFor,
  copyKeyOf,
  isOrganizer,
  meetingId,
  shownOf,
  timesOf,
  withoutAnswers,
} from './meeting-copies.ts';

export type AttendeeResponse = 'accepted' | 'declined' | 'tentativelyAccepted';

export interface AttendeeAnswer {
  response: AttendeeResponse;
  /** Another time that the attendee would rather have. */
  proposedNewTime?: TimeSlot;
}

/** A message that a meeting sent. Attendees outside the simulated world get theirs too. */
export interface MeetingMail {
  at: Date;
  /** `response` goes to the organizer; the others to attendees. */
  kind: 'invitation' | 'update' | 'cancellation' | 'response';
  from: string;
  to: string;
  iCalUId: string;
  subject: string;
  response?: AttendeeResponse;
  comment?: string;
}

/** Carries invitations to attendees' calendars, keeps their copies true, and brings their answers back. */
export interface MeetingDesk {
  /** Everything sent so far, oldest first. */
  readonly mail: MeetingMail[];
  /** Makes the organizer's event a meeting if it names attendees. Idempotent: those invited already hear nothing. */
  invite(mailbox: Mailbox, item: CalendarItem): void;
  /** A seeded event whose attendees count as invited long ago: from now on they hear of its changes. */
  adopt(mailbox: Mailbox, item: CalendarItem): void;
  /** Cancellations sent while `edit` runs carry the comment. */
  withComment(comment: string | undefined, edit: () => void): void;
  /** To be told of every change in every mailbox. */
  onChange(change: MailboxChange): void;
  /** @throws Error when that address was not invited to the event. */
  respond(mailbox: Mailbox, event: Located, attendee: string, answer: AttendeeAnswer): void;
}

export interface MeetingDependencies {
  mailboxAt: (address: string) => Mailbox | undefined;
  now: () => Date;
}

interface Meeting {
  /** Addresses in lower case. */
  invited: Set<string>;
  /** What attendees see of it, as last sent. */
  shown: string;
  times: string;
}

interface Desk extends MeetingDependencies {
  meetings: WeakMap<CalendarItem, Meeting>;
  mail: MeetingMail[];
  comment: string | undefined;
}

export function createMeetingDesk(dependencies: MeetingDependencies): MeetingDesk {
  const desk: Desk = { ...dependencies, meetings: new WeakMap(), mail: [], comment: undefined };
  return {
    mail: desk.mail,
    invite: (mailbox, item) => {
      if (!isNewMeeting(desk, mailbox, item)) return;
      const meeting = { invited: new Set<string>(), shown: shownOf(item), times: timesOf(item) };
      desk.meetings.set(item, meeting);
      synchronise(desk, mailbox, item, meeting);
    },
    adopt: (mailbox, item) => {
      if (!isNewMeeting(desk, mailbox, item)) return;
      const invited = new Set(attendeesOf(mailbox, item).map(addressOf));
      desk.meetings.set(item, { invited, shown: shownOf(item), times: timesOf(item) });
    },
    withComment: (comment, edit) => {
      desk.comment = comment;
      try {
        edit();
      } finally {
        desk.comment = undefined;
      }
    },
    onChange: (change) => followChange(desk, change),
    respond: (mailbox, event, attendee, answer) => respond(desk, mailbox, event, attendee, answer),
  };
}

function isNewMeeting({ meetings }: Desk, mailbox: Mailbox, item: CalendarItem): boolean {
  return !meetings.has(item) && attendeesOf(mailbox, item).length > 0 && isOrganizer(mailbox, item);
}

function followChange(desk: Desk, { mailbox, item, type }: MailboxChange): void {
  const meeting = desk.meetings.get(item);
  if (!meeting) return;
  if (type === 'deleted') {
    desk.meetings.delete(item);
    for (const address of meeting.invited) tell(desk, mailbox, item, 'cancellation', address);
    return;
  }
  if (timesOf(item) !== meeting.times)
    item.source = { ...item.source, attendees: withoutAnswers(item.source) };
  synchronise(desk, mailbox, item, meeting);
}

function synchronise(desk: Desk, mailbox: Mailbox, item: CalendarItem, meeting: Meeting): void {
  const present = new Set(attendeesOf(mailbox, item).map(addressOf));
  const shown = shownOf(item);
  for (const address of meeting.invited)
    if (!present.has(address)) tell(desk, mailbox, item, 'cancellation', address);
  for (const address of present) {
    if (!meeting.invited.has(address)) tell(desk, mailbox, item, 'invitation', address);
    else if (shown !== meeting.shown) tell(desk, mailbox, item, 'update', address);
  }
  Object.assign(meeting, { invited: present, shown, times: timesOf(item) });
}

function tell(
  desk: Desk,
  mailbox: Mailbox,
  item: CalendarItem,
  kind: 'invitation' | 'update' | 'cancellation',
  to: string,
): void {
  const { comment } = desk;
  desk.mail.push({
    ...letter(desk, mailbox, item),
    kind,
    from: mailbox.user.email,
    to,
    ...(comment === undefined ? {} : { comment }),
  });
  const copy = findCopy(desk, mailbox, item, to);
  if (!copy || (kind === 'cancellation' && (!copy.item || copy.item.deleted))) return;
  const source = copyFor(mailbox, item, copy.item, kind === 'cancellation');
  editsOf(copy.mailbox, copy.calendar, desk.now).mirror(item, source);
}

function respond(
  desk: Desk,
  mailbox: Mailbox,
  { calendar, item }: Located,
  from: string,
  { response, proposedNewTime }: AttendeeAnswer,
): void {
  const address = from.toLowerCase();
  if (!attendeesOf(mailbox, item).some((attendee) => addressOf(attendee) === address))
    throw new Error(`${from} was not invited to event ${item.key}`);
  const status = { response, time: desk.now().toISOString() };
  answerInCopy(desk, mailbox, item, address, status);
  const attendees = ((item.source['attendees'] ?? []) as Attendee[]).map(
    ({ proposedNewTime: earlier, ...attendee }) => {
      const isTheirs = addressOf(attendee) === address;
      const proposed = isTheirs ? proposedNewTime : earlier;
      return { ...attendee, ...(isTheirs && { status }), ...(proposed && { proposedNewTime: proposed }) };
    },
  );
  editsOf(mailbox, calendar, desk.now).put({ id: item.key, attendees });
  desk.mail.push({
    ...letter(desk, mailbox, item),
    kind: 'response',
    from,
    to: mailbox.user.email,
    response,
  });
}

/** A declined meeting leaves the attendee's calendar, as Outlook has it unless told otherwise. */
function answerInCopy(
  desk: Desk,
  organizer: Mailbox,
  original: CalendarItem,
  address: string,
  responseStatus: { response: AttendeeResponse; time: string },
): void {
  const { mailbox, calendar, item } = findCopy(desk, organizer, original, address) ?? {};
  if (!mailbox || !calendar || !item || item.deleted) return;
  const edits = editsOf(mailbox, calendar, desk.now);
  if (responseStatus.response === 'declined') return edits.remove(item.key);
  const showAs = responseStatus.response === 'accepted' ? (original.source['showAs'] ?? 'busy') : 'tentative';
  edits.put({ id: item.key, showAs, responseStatus });
}

/** Undefined for attendees outside the simulated world. */
function findCopy({ mailboxAt }: Desk, organizer: Mailbox, original: CalendarItem, address: string) {
  const mailbox = mailboxAt(address);
  const calendar = mailbox && findCalendar(mailbox, 'default');
  if (!mailbox || !calendar) return undefined;
  const item = calendar.items.get(copyKeyOf(meetingId(organizer.user.oid, original)));
  return { mailbox, calendar, item };
}

function letter({ now }: Desk, { user }: Mailbox, item: CalendarItem) {
  return { at: now(), iCalUId: meetingId(user.oid, item), subject: String(item.source['subject'] ?? '') };
}
