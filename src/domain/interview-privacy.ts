import type { Visibility } from './event.ts';
import { keysOf } from './interview-attendees.ts';
import type { EventPatch } from './interview-changes.ts';
import { addressKey, type EventDraft, type EventSnapshot } from './interview.ts';

// What is in an event that people have made private is theirs: it is neither kept nor told. Our own is known beforehand.

export function isPrivate(visibility: Visibility): boolean {
  return visibility === 'private' || visibility === 'confidential';
}

/** Somebody has made it private, and not the main app. */
export function isHidden(
  requested: Visibility,
  applied: Pick<EventDraft, 'visibility'>,
  now: Pick<EventSnapshot, 'visibility'>,
): boolean {
  return isPrivate(now.visibility) && !isPrivate(requested) && !isPrivate(applied.visibility);
}

/** As it is now, with the words that it had before, and nobody whom we do not know from then or want. */
export function withoutTheirs(
  before: Pick<EventSnapshot, 'title' | 'description' | 'location' | 'attendees'>,
  wish: EventDraft,
  now: EventSnapshot,
): EventSnapshot {
  const { title, description, location } = before;
  const known = new Set([...keysOf(before), ...keysOf(wish)]);
  const attendees = now.attendees.filter(({ email }) => known.has(addressKey(email)));
  return { ...now, title, description, location, attendees };
}

/** The words once a patch was written: as the vendor gives back what we wrote, and nothing else of what it gives. */
export function withOurWords(
  before: EventSnapshot,
  patch: EventPatch | undefined,
  after: EventSnapshot,
): EventSnapshot {
  const { title, description, location } = patch ?? {};
  return {
    ...before,
    ...(title !== undefined && { title: after.title }),
    ...(description !== undefined && { description: after.description }),
    ...(location !== undefined && { location: after.location }),
  };
}
