import type { EventStore } from './event-store.ts';
import { createEventStore } from './event-store.ts';
import type { AccessRole, CalendarInput } from './wire.ts';
import { assertTimeZone } from './zoned-time.ts';

export interface UserInput {
  email: string;
  name?: string;
  timeZone?: string;
  /** The stable subject; made up from a counter where it is left out. */
  sub?: string;
}

export interface Account {
  sub: string;
  email: string;
  name: string;
  timeZone: string;
  calendars: Map<string, CalendarRecord>;
  /** Counts the changes of the calendar list. */
  listSequence: number;
  /** Sync tokens of an earlier epoch have expired. */
  syncEpoch: number;
}

export interface CalendarRecord {
  id: string;
  primary: boolean;
  timeZone: string;
  accessRole: AccessRole;
  /** Members of the list entry that travel through unchanged. */
  shown: CalendarInput & { summary: string };
  /** The list sequence number of the entry's latest change. */
  listSequence: number;
  changedAt: Date;
  store: EventStore;
}

export interface AccountsOptions {
  now: () => Date;
  newId: () => string;
  /** After each change of an event, of a calendar's entry. */
  onEventChange?: (email: string, calendarId: string) => void;
  onListChange?: (email: string) => void;
}

export type Accounts = ReturnType<typeof createAccounts>;

/** The people of this Google and their calendar lists. Each has their own copy of every event. */
export function createAccounts(options: AccountsOptions) {
  const accounts = new Map<string, Account>();
  /** The same by subject, and by address in lower case: every request asks for one of them. */
  const bySub = new Map<string, Account>();
  const byAddress = new Map<string, Account>();

  const get = (email: string): Account => {
    const account = accounts.get(email);
    if (!account) throw new Error(`there is no user ${email}`);
    return account;
  };

  const addUser = (input: UserInput): Account => {
    if (accounts.has(input.email)) throw new Error(`there is a user ${input.email} already`);
    const { email, name = email, timeZone = 'UTC' } = input;
    assertTimeZone(timeZone);
    const sub = input.sub ?? String(100_000_000_000_000_000_000n + BigInt(accounts.size + 1));
    const account: Account = {
      sub,
      email,
      name,
      timeZone,
      calendars: new Map(),
      listSequence: 0,
      syncEpoch: 0,
    };
    accounts.set(email, account);
    bySub.set(sub, account);
    byAddress.set(email.toLowerCase(), account);
    putCalendar(email, { id: email, summary: email, selected: true });
    return account;
  };

  /** Creates the calendar, or changes the members given and moves the list on. */
  const putCalendar = (email: string, input: CalendarInput): CalendarRecord => {
    const account = get(email);
    const id = input.id ?? `c_${options.newId()}@group.calendar.google.com`;
    const before = account.calendars.get(id);
    const timeZone = input.timeZone ?? before?.timeZone ?? account.timeZone;
    assertTimeZone(timeZone);
    if (before !== undefined && before.timeZone !== timeZone) before.store.moveToZone(timeZone);
    account.listSequence += 1;
    const record: CalendarRecord = {
      id,
      primary: id === email,
      timeZone,
      accessRole: input.accessRole ?? before?.accessRole ?? 'owner',
      shown: { summary: id, ...before?.shown, ...input },
      listSequence: account.listSequence,
      changedAt: options.now(),
      store:
        before?.store ??
        createEventStore({
          now: options.now,
          newId: options.newId,
          calendarId: id,
          zone: timeZone,
          ownerEmail: email,
          onChange: () => options.onEventChange?.(email, id),
        }),
    };
    account.calendars.set(id, record);
    options.onListChange?.(email);
    return record;
  };

  const calendar = (email: string, id: string): CalendarRecord => {
    const found = get(email).calendars.get(id === 'primary' ? email : id);
    if (!found || found.shown.deleted) throw new Error(`${email} has no calendar ${id}`);
    return found;
  };

  /** By the address as people write it. */
  const find = (email: string): Account | undefined => byAddress.get(email.toLowerCase());

  const withSub = (sub: string): Account | undefined => bySub.get(sub);

  return { addUser, get, find, withSub, all: (): Account[] => [...accounts.values()], putCalendar, calendar };
}
