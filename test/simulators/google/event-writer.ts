import type { Account, Accounts, CalendarRecord } from './accounts.ts';
import { conferenceTypesOf } from './calendar-entry.ts';
import { conferenceOf, isPending, settledConference } from './conferences.ts';
import {
  alreadyDeleted,
  conditionNotMet,
  duplicate,
  invalid,
  notFound,
  writerAccessRequired,
} from './errors.ts';
import { isClientEventId } from './event-completion.ts';
import { assertGuestMay, finished, isSameAnswer, patched, replaced } from './event-edits.ts';
import { assertStorable, withoutReadOnly } from './event-input.ts';
import { createGuestCopies } from './guest-copies.ts';
import type { Item } from './items.ts';
import type { MailOffice, SendUpdates } from './mail.ts';
import { originalStartWall } from './recurrence.ts';
import { followingPart, splitRecurrence, timesAt } from './split-series.ts';
import { withoutNulls } from './merge-patch.ts';
import { etagOf } from './render-event.ts';
import { attendeeOf, sharedChanges } from './shared-members.ts';
import { cancel, type Held, save, wireOf } from './stored-event.ts';
import type { GoogleEvent } from './wire.ts';

/** How this Google takes writes; may be changed at any time. */
export interface WriteBehaviour {
  /** What becomes of a requested Meet link. */
  meetOutcome: 'success' | 'failure';
  /** How often the calendar is read before the link is there; the answer to the write never has it. */
  meetPendingReads: number;
  /**
   * The next so many clashes of a client's id go unseen, as Discovery warns of. What Google then does is not
   * published: here the twin is stored under an id that the answer names.
   */
  missedCollisions: number;
}

export interface WriteContext {
  account: Account;
  calendar: CalendarRecord;
  sendUpdates: SendUpdates;
  /** `conferenceDataVersion`; 0 ignores the conference. */
  conferenceVersion: number;
  /** The ETag on which the write depends. */
  ifMatch?: string | undefined;
}

export interface EventWriterOptions {
  accounts: Accounts;
  mail: MailOffice;
  behaviour: WriteBehaviour;
  newId: () => string;
}

export type EventWriter = ReturnType<typeof createEventWriter>;

/** Writes as the Calendar API takes them (fact sheet, section 6), the guests' copies and mails included. All throw `ApiError`. */
export function createEventWriter({ accounts, mail, behaviour, newId }: EventWriterOptions) {
  const copies = createGuestCopies({ accounts, mail });
  const pending = new Map<CalendarRecord['store'], Map<string, { held: Held; readsLeft: number }>>();

  const insert = (context: WriteContext, body: GoogleEvent): Item => {
    const { account, calendar } = context;
    assertWriter(calendar);
    const id = newEventId(calendar, body);
    const event = finished(
      { eventType: body.eventType ?? 'default' },
      { eventType: 'default', ...withoutNulls(withoutReadOnly(body)), id },
      {},
      context.conferenceVersion,
    );
    if (event.eventType === 'fromGmail') throw invalid('Events of type fromGmail cannot be created.');
    assertStorable(event, calendar.timeZone);
    assertConference(calendar, event);
    const organizer = { email: account.email, self: true };
    return publish(context, undefined, { ...event, sequence: body.sequence ?? 0, organizer }, undefined);
  };

  const newEventId = ({ store }: CalendarRecord, { id, iCalUID }: GoogleEvent): string => {
    if (id === undefined) return newId();
    if (iCalUID !== undefined) throw invalid('Only one of id and iCalUID may be given.');
    if (!isClientEventId(id)) throw invalid('Invalid resource id value.');
    if (!store.find(id)) return id;
    if (behaviour.missedCollisions <= 0) throw duplicate();
    behaviour.missedCollisions -= 1;
    return newId();
  };

  const change = (
    context: WriteContext,
    eventId: string,
    body: GoogleEvent,
    edited: (before: GoogleEvent, body: GoogleEvent) => GoogleEvent,
  ): Item => {
    assertWriter(context.calendar);
    const held = find(context, eventId);
    const before = wireOf(held);
    const after = finished(before, edited(before, body), body, context.conferenceVersion);
    if (held.item.instance) delete after.recurrence;
    assertStorable(after, held.calendar.timeZone);
    assertConference(held.calendar, after);
    if (after.status === 'cancelled' && !held.item.cancelled) return removeHeld(context, held);
    if (held.item.wire.organizer?.self) return publish(context, held.item, after, before);
    return answerAsGuest(context, held, before, after);
  };

  /** Stores the organizer's version and brings it to the guests. */
  const publish = (
    { account, calendar, sendUpdates }: WriteContext,
    target: Item | undefined,
    event: GoogleEvent,
    before: GoogleEvent | undefined,
  ): Item => {
    const item = save(calendar, target, event);
    const held = { account, calendar, item };
    if (isPending(event)) awaitConference(held);
    copies.share(held, before, sendUpdates);
    return item;
  };

  const answerAsGuest = (
    context: WriteContext,
    held: Held,
    before: GoogleEvent,
    after: GoogleEvent,
  ): Item => {
    const { email } = held.account;
    assertGuestMay(before, after, email);
    const original = copies.originalOf(held);
    const item = save(held.calendar, held.item, after);
    if (original) carryBack(context, original, before, after);
    if (!isSameAnswer(attendeeOf(before, email), attendeeOf(after, email))) respond(context, held, after);
    return item;
  };

  /** What a guest changed of what is shared, the answer above all, in the organizer's version and so in every copy. */
  const carryBack = (
    context: WriteContext,
    original: Held,
    before: GoogleEvent,
    after: GoogleEvent,
  ): void => {
    const held = wireOf(original);
    const changed = sharedChanges(before, after).map((member) => [member, after[member]]);
    const event = { ...held, ...Object.fromEntries(changed), attendees: after.attendees ?? [] };
    delete event['extendedProperties.shared'];
    publish({ ...context, ...original }, original.item, event as GoogleEvent, held);
  };

  const respond = ({ sendUpdates }: WriteContext, { item }: Held, event: GoogleEvent): void => {
    const organizer = event.organizer?.email ?? '';
    const { iCalUID = '', sequence = 0 } = event;
    mail.send(
      { to: organizer, kind: 'response', organizer, eventId: item.id, iCalUID, sequence },
      sendUpdates,
    );
  };

  const remove = (context: WriteContext, eventId: string): void => {
    assertWriter(context.calendar);
    const held = find(context, eventId);
    if (held.item.cancelled) throw alreadyDeleted();
    removeHeld(context, held);
  };

  const removeHeld = (context: WriteContext, held: Held): Item => {
    const event = wireOf(held);
    const original = held.item.wire.organizer?.self ? undefined : copies.originalOf(held);
    cancel(held);
    if (held.item.wire.organizer?.self) copies.withdraw(held, event, context.sendUpdates);
    else if (original) decline(context, original, held.account.email);
    return held.calendar.store.find(held.item.id) ?? held.item;
  };

  const decline = (context: WriteContext, original: Held, guest: string): void => {
    const event = wireOf(original);
    const attendees = (event.attendees ?? []).map((attendee) =>
      attendee === attendeeOf(event, guest) ? { ...attendee, responseStatus: 'declined' as const } : attendee,
    );
    publish({ ...context, ...original }, original.item, { ...event, attendees }, event);
    respond(context, original, event);
  };

  /** "This and following", as Google's own pages do it; `body` changes the second part. */
  const split = (
    context: WriteContext,
    seriesId: string,
    original: string | Date,
    body: GoogleEvent,
  ): { before: Item; after: Item } => {
    const { calendar } = context;
    const held = find(context, seriesId);
    const state = calendar.store.state(seriesId);
    if (!state?.series || state.cancelled) throw invalid(`${seriesId} is no living series`);
    const wall = originalStartWall({ zone: state.series.zone, allDay: state.allDay }, original);
    const rules = splitRecurrence(state, wall, calendar.timeZone);
    const series = wireOf(held);
    const following = followingPart(series, timesAt(state, wall, calendar.timeZone), rules);
    const second = patched(following, body);
    assertStorable(second, calendar.timeZone);
    const first = { ...series, recurrence: rules.before, sequence: (series.sequence ?? 0) + 1 };
    const before = publish({ ...context, sendUpdates: 'none' }, held.item, first, series);
    return { before, after: publish(context, undefined, second, undefined) };
  };

  const awaitConference = (held: Held): void => {
    const { store } = held.calendar;
    const ofCalendar = pending.get(store) ?? new Map();
    pending.set(store, ofCalendar);
    if (!ofCalendar.has(held.item.id))
      ofCalendar.set(held.item.id, { held, readsLeft: behaviour.meetPendingReads });
  };

  /** Every reading of a calendar brings its pending conferences nearer: what is asynchronous stays repeatable. */
  const beforeReading = ({ store }: CalendarRecord): void => {
    for (const waiting of pending.get(store)?.values() ?? []) {
      waiting.readsLeft -= 1;
      if (waiting.readsLeft < 0) settle(waiting.held);
    }
  };

  const settle = ({ account, calendar, item: { id } }: Held): void => {
    pending.get(calendar.store)?.delete(id);
    const item = calendar.store.find(id);
    if (!item || item.cancelled) return;
    const before = wireOf({ calendar, item });
    if (!isPending(before)) return;
    const event = { ...before, ...settledConference(before, behaviour.meetOutcome) };
    publish({ account, calendar, sendUpdates: 'none', conferenceVersion: 1 }, item, event, before);
  };

  return {
    insert,
    /** PUT. */
    update: (context: WriteContext, eventId: string, body: GoogleEvent) =>
      change(context, eventId, body, replaced),
    patch: (context: WriteContext, eventId: string, body: GoogleEvent) =>
      change(context, eventId, body, patched),
    remove,
    split,
    beforeReading,
    /** At once, whatever reads are still to come. */
    settleConferences: (): void => {
      for (const ofCalendar of pending.values())
        for (const waiting of ofCalendar.values()) settle(waiting.held);
    },
  };
}

function find({ account, calendar, ifMatch }: WriteContext, eventId: string): Held {
  const item = calendar.store.find(eventId);
  if (!item) throw notFound();
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etagOf(item)) throw conditionNotMet();
  return { account, calendar, item };
}

function assertConference(calendar: CalendarRecord, event: GoogleEvent): void {
  const type = conferenceOf(event)?.createRequest?.conferenceSolutionKey?.type;
  if (isPending(event) && type !== undefined && !conferenceTypesOf(calendar).includes(type))
    throw invalid('Invalid conference type value.');
}

function assertWriter({ accessRole }: CalendarRecord): void {
  if (accessRole === 'reader' || accessRole === 'freeBusyReader') throw writerAccessRequired();
}
