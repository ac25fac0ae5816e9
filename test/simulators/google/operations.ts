import type { Account, Accounts, CalendarRecord, UserInput } from './accounts.ts';
import { collectAll } from './collect-items.ts';
import { type Consent, giveConsent } from './consent.ts';
import type { InstanceChange } from './event-store.ts';
import type { Grants, TokenCounts } from './grants.ts';
import type { Item } from './items.ts';
import type { GoogleBehaviour } from './behaviour.ts';
import { viewOf } from './list-events.ts';
import { readListQuery } from './list-query.ts';
import { renderEvent } from './render-event.ts';
import type { CalendarInput, GoogleEvent, GoogleEventInput } from './wire.ts';

/** What tests, the demo and the control interface do to this Google. All throw `Error` for what does not exist. */
export interface GoogleOperations {
  /** With a primary calendar whose id is the address. */
  addUser(user: UserInput): { email: string; sub: string };
  /** Creates a calendar, or changes the members given of the one with that id. */
  addCalendar(email: string, calendar: CalendarInput): { id: string };
  /** Takes the calendar off the list; sync tokens of the list tell it. */
  removeCalendar(email: string, calendarId: string): void;
  /** Creates or replaces; with `recurringEventId` and `originalStartTime` it changes that instance. */
  putEvent(email: string, calendarId: string, event: GoogleEventInput): GoogleEvent;
  /** Many at once; gives their ids. */
  putEvents(email: string, calendarId: string, events: readonly GoogleEventInput[]): string[];
  deleteEvent(email: string, calendarId: string, eventId: string): void;
  /** `originalStart`: a date for all-day series, else RFC 3339 or a `Date`. */
  cancelInstance(
    email: string,
    calendarId: string,
    seriesId: string,
    originalStart: string | Date,
  ): GoogleEvent;
  moveInstance(
    email: string,
    calendarId: string,
    seriesId: string,
    originalStart: string | Date,
    change: InstanceChange,
  ): GoogleEvent;
  /** The zone in which a calendar's days begin. */
  timeZoneOf(email: string, calendarId: string): string;
  /** What a plain expanded listing of the window answers: living events and instances, by start. */
  truth(email: string, calendarId: string, from: Date, to: Date): GoogleEvent[];
  /** From now on they answer 410. */
  expireSyncTokens(email: string): void;
  /** From now on they answer 401; refresh tokens live on. */
  expireAccessTokens(email: string): void;
  /** The user removed the app: every token is dead. */
  revokeGrant(email: string): void;
  /** See `giveConsent`. */
  authorize(authUrl: string | URL, consent: Consent): Promise<URL>;
  /** What was issued so far, by e-mail address. */
  readonly counts: Record<string, TokenCounts>;
  /** May be changed at any time. */
  readonly behaviour: GoogleBehaviour;
}

export interface OperationsDependencies {
  accounts: Accounts;
  grants: Grants;
  behaviour: GoogleBehaviour;
  now: () => Date;
}

export function createOperations({
  accounts,
  grants,
  behaviour,
  now,
}: OperationsDependencies): GoogleOperations {
  const calendarOf = (email: string, calendarId: string) => accounts.calendar(email, calendarId);

  const change = (
    email: string,
    calendarId: string,
    seriesId: string,
    original: string | Date,
    to: InstanceChange,
  ) => {
    const calendar = calendarOf(email, calendarId);
    return shown(calendar, calendar.store.changeInstance(seriesId, original, to));
  };

  return {
    addUser: (user) => {
      const { email, sub } = accounts.addUser(user);
      return { email, sub };
    },
    addCalendar: (email, calendar) => ({ id: accounts.putCalendar(email, calendar).id }),
    removeCalendar: (email, calendarId) => {
      const { id } = calendarOf(email, calendarId);
      accounts.putCalendar(email, { id, deleted: true });
    },
    putEvent: (email, calendarId, event) => {
      const calendar = calendarOf(email, calendarId);
      return shown(calendar, calendar.store.put(event));
    },
    putEvents: (email, calendarId, events) => {
      const { store } = calendarOf(email, calendarId);
      return events.map((event) => store.put(event).id);
    },
    deleteEvent: (email, calendarId, eventId) => calendarOf(email, calendarId).store.remove(eventId),
    cancelInstance: (email, calendarId, seriesId, original) =>
      change(email, calendarId, seriesId, original, { status: 'cancelled' }),
    moveInstance: change,
    timeZoneOf: (email, calendarId) => calendarOf(email, calendarId).timeZone,
    truth: (email, calendarId, from, to) => truthOf(calendarOf(email, calendarId), from, to, now()),
    expireSyncTokens: (email) => {
      accounts.get(email).syncEpoch += 1;
    },
    expireAccessTokens: (email) => grants.expireAccessTokensOf(accounts.get(email).sub),
    revokeGrant: (email) => grants.revokeOf(accounts.get(email).sub),
    authorize: giveConsent,
    get counts() {
      return Object.fromEntries(
        accounts.all().map(({ email, sub }: Account) => [email, { ...grants.countsOf(sub) }]),
      );
    },
    behaviour,
  };
}

const plainView = { timeZone: undefined, maxAttendees: undefined, cancelledDetails: true };

function shown(calendar: CalendarRecord, item: Item): GoogleEvent {
  return renderEvent(item, viewOf(calendar, plainView));
}

function truthOf(calendar: CalendarRecord, from: Date, to: Date, now: Date): GoogleEvent[] {
  const parameters = new URLSearchParams({
    timeMin: from.toISOString(),
    timeMax: to.toISOString(),
    singleEvents: 'true',
    orderBy: 'startTime',
  });
  return collectAll(calendar.store, readListQuery(parameters, now), now).map((item) => shown(calendar, item));
}
