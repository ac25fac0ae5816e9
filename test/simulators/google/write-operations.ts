import type { Accounts } from './accounts.ts';
import type { Channel, ChannelRegistry } from './channels.ts';
import type { EventWriter, WriteContext } from './event-writer.ts';
import type { FreeBusyFailure } from './free-busy.ts';
import type { Item } from './items.ts';
import type { Mail, SendUpdates } from './mail.ts';
import type { PushBehaviour, PushMessage, PushService } from './push.ts';
import type { Quota } from './quota.ts';
import { attendeeOf } from './shared-members.ts';
import { wireOf } from './stored-event.ts';
import type { EventAttendee, GoogleEvent } from './wire.ts';

/** Who is told by mail; all unless given, as in Google's own pages once the user says "send". */
interface Telling {
  sendUpdates?: SendUpdates;
}

/**
 * What people do in Google's own pages, the guests' copies and mails included; `putEvent` and its like, by contrast,
 * change one copy and tell nobody. All throw `Error` for what does not exist or is refused.
 */
export interface GoogleWriteOperations {
  createEvent(email: string, calendarId: string, event: GoogleEvent, telling?: Telling): GoogleEvent;
  /** As PATCH merges: null clears, arrays are replaced. */
  editEvent(
    email: string,
    calendarId: string,
    eventId: string,
    patch: GoogleEvent,
    telling?: Telling,
  ): GoogleEvent;
  /** The organizer cancels it for all; a guest declines. */
  removeEvent(email: string, calendarId: string, eventId: string, telling?: Telling): void;
  /** A guest answers on the copy in the primary calendar. */
  respond(
    email: string,
    eventId: string,
    answer: Required<Pick<EventAttendee, 'responseStatus'>> & Pick<EventAttendee, 'comment'>,
  ): GoogleEvent;
  /** "This and following": the series ends before, a second one goes on with the change. */
  splitSeries(
    email: string,
    calendarId: string,
    seriesId: string,
    originalStart: string | Date,
    change?: GoogleEvent,
  ): { before: GoogleEvent; after: GoogleEvent };
  /** Pending Meet links are decided at once, as `behaviour.meetOutcome` says. */
  settleConferences(): void;
  /** From now on freeBusy answers so for that calendar, whoever asks; undefined ends it. */
  failFreeBusy(calendarId: string, reason: FreeBusyFailure | undefined): void;
  /** What was sent so far, oldest first; may be emptied. */
  readonly mail: Mail[];
  /** The open ones. */
  channels(): (Pick<Channel, 'id' | 'email' | 'resourceId' | 'resourceUri' | 'address' | 'token'> & {
    expiresAt: Date;
  })[];
  /** What was sent to channels, or lost on the way, oldest first; may be emptied. */
  readonly pushes: PushMessage[];
  /** Resolves when all messages so far have gone out, retries included; not those that `coalesceMs` still gathers. */
  pushesSettled(): Promise<void>;
  /** These two may be changed at any time. */
  readonly push: PushBehaviour;
  readonly quota: Quota;
}

export interface WriteOperationsDependencies {
  accounts: Accounts;
  writer: EventWriter;
  mail: Mail[];
  channels: ChannelRegistry;
  pushService: PushService;
  push: PushBehaviour;
  quota: Quota;
  freeBusyFailures: Map<string, FreeBusyFailure>;
}

export function createWriteOperations(dependencies: WriteOperationsDependencies): GoogleWriteOperations {
  const { accounts, writer, channels, pushService } = dependencies;

  const contextOf = (email: string, calendarId: string, sendUpdates: SendUpdates = 'all'): WriteContext => ({
    account: accounts.get(email),
    calendar: accounts.calendar(email, calendarId),
    sendUpdates,
    conferenceVersion: 1,
  });
  const shown = ({ calendar }: WriteContext, item: Item): GoogleEvent => wireOf({ calendar, item });

  return {
    createEvent: (email, calendarId, event, { sendUpdates } = {}) => {
      const context = contextOf(email, calendarId, sendUpdates);
      return shown(context, writer.insert(context, event));
    },
    editEvent: (email, calendarId, eventId, patch, { sendUpdates } = {}) => {
      const context = contextOf(email, calendarId, sendUpdates);
      return shown(context, writer.patch(context, eventId, patch));
    },
    removeEvent: (email, calendarId, eventId, { sendUpdates } = {}) =>
      writer.remove(contextOf(email, calendarId, sendUpdates), eventId),
    respond: (email, eventId, answer) => {
      const context = contextOf(email, 'primary');
      const item = context.calendar.store.find(eventId);
      const event = item && shown(context, item);
      const own = event && attendeeOf(event, email);
      if (!own) throw new Error(`${email} is not invited to an event ${eventId}`);
      const attendees = (event.attendees ?? []).map((other) =>
        other === own ? { ...own, ...answer } : other,
      );
      return shown(context, writer.patch(context, eventId, { attendees }));
    },
    splitSeries: (email, calendarId, seriesId, originalStart, change = {}) => {
      const context = contextOf(email, calendarId);
      const { before, after } = writer.split(context, seriesId, originalStart, change);
      return { before: shown(context, before), after: shown(context, after) };
    },
    settleConferences: writer.settleConferences,
    failFreeBusy: (calendarId, reason) => {
      if (reason) dependencies.freeBusyFailures.set(calendarId, reason);
      else dependencies.freeBusyFailures.delete(calendarId);
    },
    mail: dependencies.mail,
    channels: () =>
      channels.living().map(({ id, email, resourceId, resourceUri, address, token, expiresAt }) => ({
        id,
        email,
        resourceId,
        resourceUri,
        address,
        token,
        expiresAt: new Date(expiresAt),
      })),
    pushes: pushService.messages,
    pushesSettled: pushService.settled,
    push: dependencies.push,
    quota: dependencies.quota,
  };
}
