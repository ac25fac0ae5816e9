import type { CalendarItem } from './calendar-item.ts';
import type { Instance } from './calendar-view.ts';
import { type DirectoryUser, stableGuid } from './directory.ts';
import { referenceOf } from './graph-ids.ts';

export interface CalendarInput {
  name: string;
  color?: string;
  hexColor?: string;
  canEdit?: boolean;
  /** Another owner makes it a calendar shared with the user. */
  owner?: { name: string; address: string };
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
}

export interface Located {
  calendar: OutlookCalendar;
  item: CalendarItem;
  /** The slot, where the id is that of an occurrence or exception. */
  date?: string;
}

/** An Exchange mailbox with its default calendar, empty. */
export function createMailbox(user: DirectoryUser): Mailbox {
  const mailbox = { user, calendars: new Map<string, OutlookCalendar>(), revision: 0, syncGeneration: 149 };
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
