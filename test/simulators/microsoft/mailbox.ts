import type { CalendarItem } from './calendar-item.ts';
import type { Instance } from './calendar-view.ts';
import { type DirectoryUser, PERSONAL_TENANT, stableGuid } from './directory.ts';
import { type EventReference, referenceOf } from './graph-ids.ts';

export interface CalendarInput {
  name: string;
  color?: string;
  hexColor?: string;
  canEdit?: boolean;
  /** Another owner makes it a calendar shared with the user. */
  owner?: { name: string; address: string };
  /** Teams for work accounts, nothing for personal ones unless given. */
  allowedOnlineMeetingProviders?: string[];
}

export interface OutlookCalendar {
  readonly id: string;
  readonly isDefault: boolean;
  readonly input: CalendarInput;
  /** Deleted items stay as tombstones. */
  readonly items: Map<string, CalendarItem>;
  /** Every change in order; the newest is last. */
  readonly changes: { revision: number; key: string }[];
  /** The mailbox's revision at the calendar's last change. */
  version: number;
  readonly views: Map<string, { version: number; instances: readonly Instance[] }>;
}

export interface Mailbox {
  readonly user: DirectoryUser;
  readonly calendars: Map<string, OutlookCalendar>;
  /** Counts every change to an event of the mailbox. */
  revision: number;
  /** Delta tokens carry it; a token of another generation is dead. */
  syncGeneration: number;
  isEnabled: boolean;
  /** What `transactionId`s of POSTs made. */
  readonly transactions: Map<string, EventReference>;
  /** Told of every change, right after it. */
  readonly listeners: Set<(change: MailboxChange) => void>;
}

export interface MailboxChange {
  mailbox: Mailbox;
  calendar: OutlookCalendar;
  item: CalendarItem;
  /** The item itself, or the occurrence that was edited. */
  reference: EventReference;
  type: 'created' | 'updated' | 'deleted';
}

export interface Located {
  calendar: OutlookCalendar;
  item: CalendarItem;
  /** The slot, where the id is that of an occurrence or exception. */
  date?: string;
}

/** An Exchange mailbox with its default calendar, empty. */
export function createMailbox(user: DirectoryUser): Mailbox {
  const mailbox: Mailbox = {
    user,
    calendars: new Map(),
    revision: 0,
    syncGeneration: 149,
    isEnabled: true,
    transactions: new Map(),
    listeners: new Set(),
  };
  addCalendar(mailbox, { name: 'Calendar' });
  return mailbox;
}

export function addCalendar(mailbox: Mailbox, input: CalendarInput): OutlookCalendar {
  const { user, calendars } = mailbox;
  const name = stableGuid(`${user.oid}/${calendars.size}/${input.name}`);
  const calendar: OutlookCalendar = {
    id: `AAMkAG${Buffer.from(`calendar|${name}`).toString('base64url')}AAA=`,
    isDefault: calendars.size === 0,
    input,
    items: new Map(),
    changes: [],
    version: 0,
    views: new Map(),
  };
  calendars.set(calendar.id, calendar);
  return calendar;
}

export function isOwn({ email }: DirectoryUser, { owner }: CalendarInput): boolean {
  return !owner || owner.address.toLowerCase() === email.toLowerCase();
}

export function canEdit(user: DirectoryUser, { input }: OutlookCalendar): boolean {
  return input.canEdit ?? isOwn(user, input);
}

export function onlineMeetingProviders(user: DirectoryUser, { input }: OutlookCalendar): string[] {
  return input.allowedOnlineMeetingProviders ?? (user.tid === PERSONAL_TENANT ? [] : ['teamsForBusiness']);
}

/** @throws Error for one that is not there, and for the default calendar. */
export function removeCalendar({ user, calendars }: Mailbox, id: string): void {
  const calendar = calendars.get(id);
  if (!calendar || calendar.isDefault)
    throw new Error(`no calendar ${id} of ${user.email} that could be removed`);
  calendars.delete(id);
}

/** By id, or `default`; ids are case-sensitive. */
export function findCalendar(mailbox: Mailbox, id: string): OutlookCalendar | undefined {
  if (id !== 'default') return mailbox.calendars.get(id);
  return [...mailbox.calendars.values()].find(({ isDefault }) => isDefault);
}

/** Reads either kind of id, and the name that the event was seeded with. Finds no deleted event. */
export function locate(mailbox: Mailbox, eventId: string): Located | undefined {
  const { key, date } = referenceOf(mailbox.user.oid, eventId) ?? { key: eventId };
  for (const calendar of mailbox.calendars.values()) {
    const item = calendar.items.get(key);
    if (item && !item.deleted) return { calendar, item, ...(date ? { date } : {}) };
  }
  return undefined;
}
