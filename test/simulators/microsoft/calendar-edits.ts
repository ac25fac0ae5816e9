import {
  type CalendarItem,
  type EventInput,
  type Series,
  exceptionSource,
  seriesOf,
  timingOf,
} from './calendar-item.ts';
import type { EventReference } from './graph-ids.ts';
import { type Located, type Mailbox, type MailboxChange, type OutlookCalendar, locate } from './mailbox.ts';
import type { Slot } from './series-slots.ts';

/** What the owner of a mailbox does in Outlook. Each edit is one revision of the mailbox, or throws and changes nothing. */
export interface CalendarEdits {
  /** A known id writes the fields given (one occurrence where it is an occurrence's), anything else creates. */
  put(input: EventInput): EventReference;
  /** Deletes a single event or a whole series, or one occurrence where the id is an occurrence's. */
  remove(eventId: string): void;
  /** `originalStart`: an instant in ISO 8601, or the date in the zone of the series. */
  cancelOccurrence(eventId: string, originalStart: string): void;
  /** Makes the occurrence an exception, or changes the exception that it is. */
  editOccurrence(eventId: string, originalStart: string, changes: EventInput): EventReference;
  /** Into another calendar of the same mailbox. */
  moveTo(target: OutlookCalendar, eventId: string): EventReference;
  /** Makes the copy of somebody's meeting that `source.id` names, or brings it up to date, touched occurrences included. */
  mirror(original: CalendarItem, source: EventInput & { id: string }): EventReference;
}

export function editsOf(mailbox: Mailbox, calendar: OutlookCalendar, now: () => Date): CalendarEdits {
  const edit = { mailbox, calendar, at: () => now().getTime() };
  return {
    put: (input) => put(edit, input),
    remove: (eventId) => {
      const { item, date } = requireItem(edit, eventId);
      if (date) return cancel(edit, item, slotOn(item, date));
      item.deleted = true;
      publish(edit, item, 'deleted');
    },
    cancelOccurrence: (eventId, originalStart) => {
      const { item } = requireItem(edit, eventId);
      cancel(edit, item, slotOn(item, originalStart));
    },
    editOccurrence: (eventId, originalStart, changes) => {
      const { item } = requireItem(edit, eventId);
      return editSlot(edit, item, slotOn(item, originalStart), changes);
    },
    moveTo: (target, eventId) => {
      const { item } = requireItem(edit, eventId);
      const gone = { ...item, deleted: true };
      calendar.items.set(item.key, gone);
      publish(edit, gone, 'deleted');
      target.items.set(item.key, item);
      publish({ ...edit, calendar: target }, item, 'created');
      return { key: item.key };
    },
    mirror: (original, source) => mirror(edit, original, source),
  };
}

interface Edit {
  mailbox: Mailbox;
  calendar: OutlookCalendar;
  at: () => number;
}

function put(edit: Edit, input: EventInput): EventReference {
  if (input.id === undefined || !locate(edit.mailbox, input.id)) return create(edit, input);
  const { item, date } = requireItem(edit, input.id);
  const { id: _, ...changes } = input;
  if (date) return editSlot(edit, item, slotOn(item, date), changes);
  rewrite(item, changes, edit.mailbox.revision + 1);
  publish(edit, item, 'updated');
  return { key: item.key };
}

function create(edit: Edit, source: EventInput, original?: CalendarItem): EventReference {
  const revision = edit.mailbox.revision + 1;
  const timing = timingOf(source);
  const series = seriesOf(source, timing, revision);
  const item: CalendarItem = {
    key: source.id ?? `item-${revision}`,
    createdAt: edit.at(),
    modifiedAt: edit.at(),
    revision,
    deleted: false,
    source,
    timing,
    earlier: [],
    ...(series ? { series } : {}),
  };
  if (original) copyTouched(original, item, revision);
  edit.calendar.items.set(item.key, item);
  publish(edit, item, 'created');
  return { key: item.key };
}

/** New times or a new pattern throw exceptions and cancellations away, as Outlook does; other edits keep them. */
function rewrite(item: CalendarItem, changes: EventInput, revision: number): void {
  const source = { ...item.source, ...changes };
  const timing = timingOf(source);
  const isRescheduled = ['start', 'end', 'isAllDay', 'recurrence'].some((property) => property in changes);
  const series = item.series && !isRescheduled ? item.series : seriesOf(source, timing, revision);
  item.earlier.push({ until: revision, start: item.timing.start, end: item.timing.end });
  item.source = source;
  item.timing = timing;
  if (series) item.series = { ...series, rewritten: revision };
  else delete item.series;
}

function cancel(edit: Edit, item: CalendarItem, slot: Slot): void {
  const series = requireSeries(item);
  series.exceptions.delete(slot.date);
  series.cancelled.set(slot.date, edit.mailbox.revision + 1);
  publish(edit, item, 'updated');
}

function editSlot(edit: Edit, item: CalendarItem, slot: Slot, input: EventInput): EventReference {
  const series = requireSeries(item);
  const changes = { ...series.exceptions.get(slot.date)?.changes, ...input };
  const timing = timingOf(exceptionSource(item, slot, changes));
  const revision = edit.mailbox.revision + 1;
  series.exceptions.set(slot.date, { slot, timing, changes, revision, modifiedAt: edit.at() });
  publish(edit, item, 'updated', slot.date);
  return { key: item.key, date: slot.date };
}

function mirror(edit: Edit, original: CalendarItem, source: EventInput & { id: string }): EventReference {
  const item = edit.calendar.items.get(source.id);
  if (!item || item.deleted) return create(edit, source, original);
  const revision = edit.mailbox.revision + 1;
  rewrite(item, source, revision);
  copyTouched(original, item, revision);
  publish(edit, item, 'updated');
  return { key: item.key };
}

function copyTouched({ series: from }: CalendarItem, { series: to }: CalendarItem, revision: number): void {
  if (!from || !to) return;
  to.exceptions = new Map([...from.exceptions].map(([date, entry]) => [date, { ...entry, revision }]));
  to.cancelled = new Map([...from.cancelled.keys()].map((date) => [date, revision]));
}

function publish(
  { mailbox, calendar, at }: Edit,
  item: CalendarItem,
  type: MailboxChange['type'],
  date?: string,
): void {
  mailbox.revision += 1;
  item.revision = mailbox.revision;
  item.modifiedAt = at();
  calendar.version = mailbox.revision;
  calendar.changes.push({ revision: mailbox.revision, key: item.key });
  const reference = date === undefined ? { key: item.key } : { key: item.key, date };
  for (const listener of mailbox.listeners) listener({ mailbox, calendar, item, reference, type });
}

function requireItem({ mailbox, calendar }: Edit, eventId: string): Located {
  const found = locate(mailbox, eventId);
  if (found?.calendar !== calendar)
    throw new Error(`no event ${eventId} in calendar ${calendar.id} of ${mailbox.user.email}`);
  return found;
}

function requireSeries(item: CalendarItem): Series {
  if (!item.series) throw new Error(`event ${item.key} is not a series`);
  return item.series;
}

function slotOn(item: CalendarItem, originalStart: string): Slot {
  const series = requireSeries(item);
  const slot = /^\d{4}-\d{2}-\d{2}$/.test(originalStart)
    ? series.slots.on(originalStart)
    : series.slots.startingAt(Date.parse(originalStart));
  if (!slot || series.cancelled.has(slot.date))
    throw new Error(`series ${item.key} has no occurrence at ${originalStart}`);
  return slot;
}
