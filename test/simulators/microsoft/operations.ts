import type { Registration } from './authorize-routes.ts';
import { type CalendarEdits, editsOf } from './calendar-edits.ts';
import type { EventInput } from './calendar-item.ts';
import { calendarView, instanceOn } from './calendar-view.ts';
import { type BehaviourChanges, type Behaviours, changeBehaviours } from './behaviours.ts';
import { type Consent, browserConsent } from './browser-consent.ts';
import type { DeltaBehaviour } from './delta-entries.ts';
import type { DeltaObserver } from './delta-routes.ts';
import type { Directory, DirectoryUser, UserInput } from './directory.ts';
import { type EventReader, type GraphEvent, fullEvent, masterEvent } from './event-answers.ts';
import type { EventReference } from './graph-ids.ts';
import type { GrantStore, Revocation } from './grants.ts';
import {
  type CalendarInput,
  type Mailbox,
  type OutlookCalendar,
  addCalendar,
  createMailbox,
  findCalendar,
  removeCalendar,
} from './mailbox.ts';
import { type MeetingOperations, meetingOperations } from './meeting-operations.ts';
import { type MeetingDesk, createMeetingDesk } from './meetings.ts';
import { createNotifier } from './notifications.ts';
import { type SubscriptionOperations, subscriptionOperations } from './subscription-operations.ts';
import { type SubscriptionStore, createSubscriptionStore } from './subscriptions.ts';

export interface UserCounts {
  codeExchanges: number;
  refreshes: number;
  fullDeltaRounds: number;
  incrementalDeltaRounds: number;
}

export interface OccurrenceTimes extends EventInput {
  start: NonNullable<EventInput['start']>;
  end: NonNullable<EventInput['end']>;
}

/**
 * What tests, demo and benchmarks do to the provider's side. Calendars are named by id or `default`, events by either
 * kind of id or by the `id` they were put with. All throw an Error with a sentence for names that do not exist.
 */
export interface MicrosoftOperations extends MeetingOperations, SubscriptionOperations {
  /** A user with an empty default calendar, whose id comes back. */
  addUser(user: UserInput): DirectoryUser & { calendarId: string };
  /** Gives the calendar's id. */
  addCalendar(email: string, calendar: CalendarInput): string;
  /** With all that is in it. The default calendar cannot be removed. */
  removeCalendar(email: string, calendarId: string): void;
  /**
   * Creates an event, or writes the fields given on the one that `event.id` names (an occurrence's id makes an
   * exception). Gives it as a reader with `IdType="ImmutableId"` and UTC sees it.
   */
  putEvent(email: string, calendarId: string, event: EventInput): GraphEvent;
  /** Deletes an event, a series, or (by its id) an occurrence. */
  deleteEvent(email: string, calendarId: string, eventId: string): void;
  /** `originalStart`: instant in ISO 8601, or `YYYY-MM-DD` in the zone of the series. */
  cancelOccurrence(email: string, calendarId: string, seriesId: string, originalStart: string): void;
  /** Moves (and edits) one occurrence, which becomes an exception. */
  moveOccurrence(
    email: string,
    calendarId: string,
    seriesId: string,
    originalStart: string,
    changes: OccurrenceTimes,
  ): GraphEvent;
  /** Into another calendar of the mailbox: the default id changes, the immutable one does not. Gives it as seen there. */
  moveEvent(email: string, calendarId: string, eventId: string, targetCalendarId: string): GraphEvent;
  /** Of the mailbox; a Windows or IANA name. Events stay where they are. */
  setTimeZone(email: string, timeZone: string): void;
  /** Without a licence, or on premises: its calendars answer 404 `MailboxNotEnabledForRESTAPI`. */
  setMailboxEnabled(email: string, enabled: boolean): void;
  /** What calendarView of `[from, to)` holds: in full, in UTC, with immutable ids unless told otherwise. */
  truth(email: string, calendarId: string, from: Date, to: Date, immutableIds?: boolean): GraphEvent[];
  /** Every delta token of the mailbox is answered 410 from now on. */
  expireDeltaTokens(email: string): void;
  expireAccessTokens(email: string): void;
  /** Kills the refresh tokens: 50173 (sessions revoked), or 65001 (the user removed the app). */
  revokeGrant(email: string, reason?: Revocation): void;
  /** Every token request is answered 7000222 while it is expired. */
  setClientSecretExpired(expired: boolean): void;
  setDeltaBehaviour(behaviour: Partial<DeltaBehaviour>): void;
  setBehaviour(changes: BehaviourChanges): void;
  /**
   * Opens the authorization URL, decides as told, and gives the address that the browser is sent back to.
   * @throws Error naming the AADSTS code when Microsoft shows an error page instead.
   */
  authorize(authorizationUrl: string, consent: Consent): Promise<URL>;
  /** How often each user's tokens and calendars were asked for. */
  counts(email: string): UserCounts;
}

export interface OperationsDependencies {
  directory: Directory;
  grants: GrantStore;
  registration: Registration;
  behaviours: Behaviours;
  closing: AbortSignal;
  now: () => Date;
}

type Tally = DeltaObserver & {
  grant(email: string, grantType: 'authorization_code' | 'refresh_token'): void;
};

export interface MicrosoftState {
  operations: MicrosoftOperations;
  mailboxOf: (user: DirectoryUser) => Mailbox;
  /** Undefined for addresses outside the simulated world. */
  mailboxAt: (address: string) => Mailbox | undefined;
  subscriptions: SubscriptionStore;
  desk: MeetingDesk;
  tally: Tally;
}

export function createOperations(dependencies: OperationsDependencies): MicrosoftState {
  const { directory, grants, registration, behaviours, now, closing } = dependencies;
  const mailboxes = new Map<string, Mailbox>();
  const counts = new Map<string, UserCounts>();
  const mailboxOf = (user: DirectoryUser) => existing(mailboxes, user.oid);
  const countsOf = (email: string) => existing(counts, directory.get(email).oid);
  const mailboxAt = (address: string) => {
    const user = directory.find(address);
    return user && mailboxOf(user);
  };
  const subscriptions = createSubscriptionStore(now);
  const isAlive = (accessToken: string) => grants.inspectAccessToken(accessToken).valid;
  const behaviour = behaviours.notifications;
  const notifier = createNotifier({ subscriptions, behaviour, isAlive, now, closing });
  const desk = createMeetingDesk({ mailboxAt, now });

  const operations: MicrosoftOperations = {
    addUser: (input) => {
      const user = directory.add(input);
      const mailbox = createMailbox(user);
      mailbox.listeners.add(notifier.onChange).add(desk.onChange);
      mailboxes.set(user.oid, mailbox);
      counts.set(user.oid, { codeExchanges: 0, refreshes: 0, fullDeltaRounds: 0, incrementalDeltaRounds: 0 });
      return { ...user, calendarId: existing(mailboxes, user.oid).calendars.keys().next().value ?? '' };
    },
    addCalendar: (email, input) => addCalendar(mailboxOf(directory.get(email)), input).id,
    removeCalendar: (email, calendarId) => removeCalendar(mailboxOf(directory.get(email)), calendarId),
    ...eventOperations(directory, mailboxOf, now),
    expireDeltaTokens: (email) => {
      mailboxOf(directory.get(email)).syncGeneration += 1;
    },
    expireAccessTokens: (email) => grants.expireAccessTokens(directory.get(email)),
    revokeGrant: (email, reason = 50173) => grants.revoke(directory.get(email), reason),
    setMailboxEnabled: (email, enabled) => {
      mailboxOf(directory.get(email)).isEnabled = enabled;
    },
    setTimeZone: (email, timeZone) => directory.setTimeZone(email, timeZone),
    setClientSecretExpired: (expired) => {
      registration.secretExpired = expired;
    },
    setDeltaBehaviour: (delta) => changeBehaviours(behaviours, { delta }),
    setBehaviour: (changes) => changeBehaviours(behaviours, changes),
    authorize: browserConsent,
    counts: (email) => ({ ...countsOf(email) }),
    ...meetingOperations(directory, mailboxOf, desk),
    ...subscriptionOperations(directory, subscriptions, notifier),
  };
  return { operations, mailboxOf, mailboxAt, subscriptions, desk, tally: createTally(countsOf) };
}

type EventOperations = Pick<
  MicrosoftOperations,
  'putEvent' | 'deleteEvent' | 'cancelOccurrence' | 'moveOccurrence' | 'moveEvent' | 'truth'
>;

function eventOperations(
  directory: Directory,
  mailboxOf: (user: DirectoryUser) => Mailbox,
  now: () => Date,
): EventOperations {
  const open = (email: string, calendarId: string) => {
    const mailbox = mailboxOf(directory.get(email));
    const calendar = findCalendar(mailbox, calendarId);
    if (!calendar) throw new Error(`no calendar ${calendarId} in the mailbox of ${email}`);
    return { mailbox, calendar, edits: editsOf(mailbox, calendar, now) };
  };
  const edit = (
    email: string,
    calendarId: string,
    change: (edits: CalendarEdits) => EventReference,
  ): GraphEvent => {
    const { mailbox, calendar, edits } = open(email, calendarId);
    return asSeen(mailbox, calendar, change(edits));
  };
  return {
    putEvent: (email, calendarId, event) => edit(email, calendarId, (edits) => edits.put(event)),
    deleteEvent: (email, calendarId, eventId) => open(email, calendarId).edits.remove(eventId),
    cancelOccurrence: (email, calendarId, seriesId, originalStart) =>
      open(email, calendarId).edits.cancelOccurrence(seriesId, originalStart),
    moveOccurrence: (email, calendarId, seriesId, originalStart, changes) =>
      edit(email, calendarId, (edits) => edits.editOccurrence(seriesId, originalStart, changes)),
    moveEvent: (email, calendarId, eventId, targetCalendarId) => {
      const target = open(email, targetCalendarId);
      return asSeen(
        target.mailbox,
        target.calendar,
        open(email, calendarId).edits.moveTo(target.calendar, eventId),
      );
    },
    truth: (email, calendarId, from, to, immutableIds = true) => {
      const { mailbox, calendar } = open(email, calendarId);
      const reader = { ...plainReader(mailbox, calendar), immutableIds };
      return calendarView(calendar, from.getTime(), to.getTime()).map((instance) =>
        fullEvent(reader, instance),
      );
    },
  };
}

function asSeen(mailbox: Mailbox, calendar: OutlookCalendar, { key, date }: EventReference): GraphEvent {
  const item = existing(calendar.items, key);
  const reader = plainReader(mailbox, calendar);
  const instance = date === undefined ? { item, timing: item.timing } : instanceOn(item, date);
  return instance && (!item.series || date) ? fullEvent(reader, instance) : masterEvent(reader, item);
}

function plainReader({ user }: Mailbox, { id }: OutlookCalendar): EventReader {
  return { user, calendarId: id, immutableIds: true, timeZone: 'UTC', bodyType: 'stored' };
}

function createTally(countsOf: (email: string) => UserCounts): Tally {
  return {
    grant: (email, grantType) => {
      countsOf(email)[grantType === 'refresh_token' ? 'refreshes' : 'codeExchanges'] += 1;
    },
    onFullRound: (email) => {
      countsOf(email).fullDeltaRounds += 1;
    },
    onIncrementalRound: (email) => {
      countsOf(email).incrementalDeltaRounds += 1;
    },
  };
}

function existing<Key, Value>(map: Map<Key, Value>, key: Key): Value {
  const value = map.get(key);
  if (value === undefined) throw new Error(`nothing is known of ${String(key)}`);
  return value;
}
