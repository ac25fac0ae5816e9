import { takenOutBetween } from './interview-attendees.ts';
import { isSameTime } from './interview-changes.ts';
import { isPrivate } from './interview-privacy.ts';
import { ownFields, type EventDraft, type EventSnapshot, type OwnField } from './interview.ts';

/**
 * What people have changed under `hold` and what stayed as they have it: there the calendar says something else than what
 * was written. Vendors set a text their own way, so its blanks do not count.
 */
export function leftFields({
  wish,
  snapshot,
}: {
  readonly wish: EventDraft;
  readonly snapshot: EventSnapshot;
}): OwnField[] {
  return ownFields.filter((field) => isLeft(field, wish, snapshot));
}

function isLeft(field: OwnField, wish: EventDraft, snapshot: EventSnapshot): boolean {
  switch (field) {
    case 'time':
      return !isSameTime(wish, snapshot) || snapshot.allDay;
    case 'attendees':
      return takenOutBetween(wish, snapshot).length > 0;
    case 'visibility':
      return isPrivate(wish.visibility) && !isPrivate(snapshot.visibility);
    case 'title':
    case 'description':
    case 'location':
      return wordsOf(wish[field]) !== wordsOf(snapshot[field]);
  }
}

/** Without the address that Outlook names once more behind each link when it makes plain text of it. */
export function wordsOf(text: string | undefined): string {
  const said = (text ?? '').replaceAll(/<(?:https?:|mailto:)[^<>\s]*>/g, ' ');
  return said.split(/\s+/).filter(Boolean).join(' ');
}
