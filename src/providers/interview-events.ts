import type { EventPatch } from '../domain/interview-changes.ts';
import type { EventDraft, EventSnapshot } from '../domain/interview.ts';
import type { Access } from './provider.ts';

/**
 * The events of interviews at one vendor: one for each key. Times are instants; a zone is only what the calendar shows.
 * Error codes beside those of every call: `conference_unavailable`, `invitations_unavoidable`, `calendar_unreachable`
 * (all of kind `refused`); and of kind `stale` where the event has changed since the reading that was given: then it is
 * read again and decided anew, and nothing was written.
 */
export interface InterviewEvents {
  /**
   * The id that the event of this key will have, where the client may choose it (Google). Pure. Undefined where the vendor
   * chooses.
   */
  eventIdOf(key: string): string | undefined;
  /**
   * Creates the event of this key in this calendar; mails the attendees where `notify` says so. An event that is there
   * under this key already, made by an earlier call whose answer was lost or by another worker at the same time, is given
   * instead (`found`), and nobody is mailed again; so this may be called twice. Vendors promise little about that (Google:
   * "best effort"), so whoever has called it before asks `findEvent` first.
   */
  createEvent(
    access: Access,
    place: NewEventPlace,
    creation: { readonly draft: EventDraft; readonly mark: string },
    telling: Telling,
  ): Promise<Creation>;
  /**
   * The event of this key, whatever became of it: `none` where there was never one as far as the vendor tells. Where a
   * vendor has made several, the first; the others are removed, and nobody is told, where the vendor can help it: those whom
   * Microsoft has invited to a double hear from it that it is off.
   */
  findEvent(access: Access, place: NewEventPlace): Promise<Finding>;
  /** The event as it is now. `gone`: deleted or cancelled, by whomever. */
  readEvent(access: Access, place: EventPlace): Promise<Finding>;
  /**
   * Writes what the patch names and the mark, and nothing else, into the event as it was read; throws `stale` where it is
   * not that any more. Both or neither: whether it was done is told by the mark. A patch that the vendor has no place for
   * is not sent, and leaves the mark before it. What the vendor has added to a text (Teams' join block) stays. Gives the
   * event as it is then.
   */
  updateEvent(
    access: Access,
    place: EventPlace,
    update: { readonly reading: EventReading; readonly patch: EventPatch; readonly mark: string },
    telling: Telling,
  ): Promise<EventReading>;
  /**
   * Takes the event out of the calendar. Idempotent: one that is gone is success, and nobody is mailed again. `message`
   * reaches the attendees where the vendor has a place for it (Microsoft). With a reading it is taken out only as it was
   * read: throws `stale` where it has changed since; at Microsoft with a message nearly so, as it is compared right before.
   * Without one, throws `stale` where somebody changes the event at this moment and it matters to whom it is told.
   */
  cancelEvent(access: Access, place: EventPlace, telling: Telling, reading?: EventReading): Promise<void>;
}

/** Where an event is to be. */
export interface NewEventPlace {
  readonly providerCalendarId: string;
  /** 40 hexadecimal digits, ours: which interview, and which of the events that it had one after another. */
  readonly key: string;
}

/** Where it is. */
export interface EventPlace extends NewEventPlace {
  readonly providerEventId: string;
}

export interface Telling {
  /**
   * Whether the attendees are mailed. Where a vendor can't help doing so, `invitations_unavoidable` if they are not to be;
   * but an event is always taken out, and whoever was asked to it by mail hears of that.
   */
  readonly notify: boolean;
  readonly message?: string | undefined;
}

/** An event as it was read. */
export interface EventReading {
  readonly providerEventId: string;
  readonly iCalUID?: string | undefined;
  /** Where a browser shows it. */
  readonly webLink?: string | undefined;
  readonly snapshot: EventSnapshot;
  /** That of the last writing of ours that was done; nobody else writes or sees it. Absent where it bears none. */
  readonly mark?: string | undefined;
  /** The adapter's own notes for `updateEvent`. For nobody else, and never stored. */
  readonly native: unknown;
}

export type Finding =
  | { readonly type: 'event'; readonly reading: EventReading }
  | { readonly type: 'gone' }
  | { readonly type: 'none' };

export type Creation =
  | { readonly type: 'created' | 'found'; readonly reading: EventReading }
  /** It was there, and somebody has taken it out; the vendor keeps the id. */
  | { readonly type: 'gone' };
