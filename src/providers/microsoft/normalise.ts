import type { Attendee, BusyKind, CalendarEvent, Response, Visibility } from '../../domain/event.ts';
import { fitted } from '../../domain/event-size.ts';
import { withoutId, type UnreadableEvent } from '../../domain/sync.ts';
import { ianaZoneOf } from '../../domain/zone.ts';
import { spanOf, UnreadableTimeError, type Span } from './event-time.ts';
import { addressOf, idOf, seriesIdOf, versionOf, type GraphEvent } from './graph-event.ts';
import { listAt, objectAt, textAt } from './json.ts';

export interface NormaliseContext {
  /** IANA name of the zone in which all-day entries begin where they do not say it themselves. */
  readonly timeZone?: string | undefined;
  /** The account's address. */
  readonly email: string;
}

export type Normalised =
  | { readonly type: 'event'; readonly event: CalendarEvent }
  | { readonly type: 'unreadable'; readonly unreadable: UnreadableEvent };

/**
 * A living event of Graph in our words. Takes a complete one (see `completed`); pure; throws nothing: what makes no
 * sense comes back as `unreadable`, with a reason that holds nothing of the content.
 */
export function normalise(item: GraphEvent, context: NormaliseContext): Normalised {
  const providerEventId = idOf(item);
  if (providerEventId === undefined) return unreadable(withoutId, 'it has no id');
  try {
    const span = spanOf(item, context.timeZone);
    return { type: 'event', event: fitted(toEvent(item, providerEventId, span, context.email)) };
  } catch (error) {
    if (!(error instanceof UnreadableTimeError)) throw error;
    return unreadable(providerEventId, error.message, seriesIdOf(item));
  }
}

function unreadable(providerEventId: string, reason: string, recurringEventId?: string): Normalised {
  return { type: 'unreadable', unreadable: { providerEventId, reason, recurringEventId } };
}

function toEvent(item: GraphEvent, providerEventId: string, span: Span, email: string): CalendarEvent {
  const isOccurrence = item.type === 'occurrence';
  const busy = busyOf(item.showAs);
  return {
    providerEventId,
    // An occurrence that follows its series is computed from it and has no version of its own; and delta does not tell
    // its iCalUId. Leaving both out makes it the same event however it was read.
    iCalUID: isOccurrence ? undefined : textAt(item.iCalUId),
    etag: isOccurrence ? undefined : versionOf(item),
    status: busy === 'tentative' ? 'tentative' : 'confirmed',
    kind: 'default',
    title: textAt(item.subject),
    description: descriptionOf(item),
    location: textAt(objectAt(item.location).displayName),
    ...span,
    startTimeZone: ianaZoneOf(textAt(item.originalStartTimeZone) ?? ''),
    busy,
    response: ownResponseOf(item),
    organizer: organizerOf(item, email),
    attendees: listAt(item.attendees).flatMap((attendee) => attendeeOf(attendee, email)),
    recurringEventId: seriesIdOf(item),
    originalStart: isOccurrence ? span.start : originalStartOf(item.originalStart),
    meetingUrl: meetingUrlOf(item),
    visibility: visibilityOf(item.sensitivity),
    clientKey: textAt(item.transactionId),
  };
}

/** Whatever we do not know blocks time: wrongly free is worse than wrongly busy. */
export function busyOf(showAs: unknown): BusyKind {
  switch (showAs) {
    case 'free':
    case 'tentative':
      return showAs;
    case 'oof':
      return 'out_of_office';
    case 'workingElsewhere':
      return 'working_elsewhere';
    default:
      return 'busy';
  }
}

/**
 * `personal` is a label without effect: others are shown such events. What we do not know is kept to oneself.
 */
function visibilityOf(sensitivity: unknown): Visibility {
  switch (sensitivity) {
    case undefined:
    case null:
    case 'normal':
    case 'personal':
      return 'default';
    case 'confidential':
      return 'confidential';
    default:
      return 'private';
  }
}

function ownResponseOf(item: GraphEvent): Response {
  const said = responseOf(item.responseStatus);
  return said === 'none' && item.isOrganizer === true ? 'organizer' : said;
}

export function responseOf(status: unknown): Response {
  switch (objectAt(status).response) {
    case 'organizer':
      return 'organizer';
    case 'accepted':
      return 'accepted';
    case 'tentativelyAccepted':
      return 'tentative';
    case 'declined':
      return 'declined';
    case 'notResponded':
      return 'needs_action';
    default:
      return 'none';
  }
}

function organizerOf(item: GraphEvent, email: string): CalendarEvent['organizer'] {
  const { email: address, name } = addressOf(item.organizer);
  if (address === undefined) return undefined;
  return { email: address, name, self: item.isOrganizer === true || isSame(address, email) };
}

/** Nobody without an address can be told from anybody else. */
function attendeeOf(attendee: unknown, email: string): Attendee[] {
  const { email: address, name } = addressOf(attendee);
  if (address === undefined) return [];
  const { type, status } = objectAt(attendee);
  return [
    {
      email: address,
      name,
      response: responseOf(status),
      optional: type === 'optional',
      resource: type === 'resource',
      self: isSame(address, email),
    },
  ];
}

function isSame(address: string, email: string): boolean {
  return address.toLowerCase() === email.toLowerCase();
}

/** The preview is cut after 255 characters; the body is text because we ask for it, but Graph may ignore that. */
function descriptionOf(item: GraphEvent): string | undefined {
  const { contentType, content } = objectAt(item.body);
  return (contentType === 'text' ? textAt(content) : undefined) ?? textAt(item.bodyPreview);
}

/** `onlineMeetingUrl` is the older place and stays empty for Teams. */
export function meetingUrlOf(item: GraphEvent): string | undefined {
  const candidates = [objectAt(item.onlineMeeting).joinUrl, item.onlineMeetingUrl];
  return candidates.map(textAt).find((url) => url !== undefined && /^https?:\/\//i.test(url));
}

/** UTC, with `Z`. */
function originalStartOf(value: unknown): Date | undefined {
  const instant = new Date(textAt(value) ?? Number.NaN);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}
