import type { Account, Accounts } from './accounts.ts';
import type { MailOffice, SendUpdates } from './mail.ts';
import { attendeeOf, guestCopy, isSamePerson, sharedChanges } from './shared-members.ts';
import { cancel, type Held, save, wireOf } from './stored-event.ts';
import type { EventAttendee, GoogleEvent } from './wire.ts';

export interface GuestCopiesOptions {
  accounts: Accounts;
  mail: MailOffice;
}

/**
 * Brings an event to its guests: each one who uses this Google has a copy in the primary calendar, under the
 * organizer's event id (trap 30), and each one is written to where the writer wants it.
 */
export function createGuestCopies({ accounts, mail }: GuestCopiesOptions) {
  /** After the organizer's version changed from `before` (undefined for a new event) to what is held now. */
  const share = (original: Held, before: GoogleEvent | undefined, sendUpdates: SendUpdates): void => {
    const event = wireOf(original);
    const guests = guestsOf(event);
    for (const { email = '' } of guests) {
      const guest = accounts.find(email);
      if (guest) putCopy(guest, original, event);
      if (!before || !attendeeOf(before, email)) post(original, event, email, 'invitation', sendUpdates);
      else if (sharedChanges(before, event).length > 0) post(original, event, email, 'update', sendUpdates);
    }
    const removed = guestsOf(before ?? {}).filter(({ email = '' }) => !attendeeOf(event, email));
    for (const { email = '' } of removed) uninvite(original, event, email, sendUpdates);
  };

  /** After the organizer deleted it. */
  const withdraw = (original: Held, event: GoogleEvent, sendUpdates: SendUpdates): void => {
    for (const { email = '' } of guestsOf(event)) uninvite(original, event, email, sendUpdates);
  };

  const uninvite = (original: Held, event: GoogleEvent, email: string, sendUpdates: SendUpdates): void => {
    const copy = copyOf(accounts.find(email), original.item.id);
    if (copy && !copy.item.cancelled && !isOrganizedHere(copy)) cancel(copy);
    post(original, event, email, 'cancellation', sendUpdates);
  };

  const putCopy = (guest: Account, original: Held, event: GoogleEvent): void => {
    const existing = copyOf(guest, original.item.id);
    if (existing && (isOrganizedHere(existing) || isRefused(existing, event, guest))) return;
    const calendar = primaryOf(guest);
    if (!calendar) return;
    const held = existing && !existing.item.cancelled ? wireOf(existing) : undefined;
    const copy = guestCopy(event, held);
    if (!held || isNews(held, copy)) save(calendar, existing?.item, copy);
    if (existing) return;
    for (const item of original.calendar.store.exceptions(original.item.id))
      putCopy(guest, { ...original, item }, wireOf({ ...original, item }));
  };

  const post = (
    { item }: Held,
    event: GoogleEvent,
    to: string,
    kind: 'invitation' | 'update' | 'cancellation',
    sendUpdates: SendUpdates,
  ): void => {
    const { organizer, iCalUID = '', sequence = 0 } = event;
    mail.send(
      { to, kind, organizer: organizer?.email ?? '', eventId: item.id, iCalUID, sequence },
      sendUpdates,
    );
  };

  /** Of a guest's copy; undefined where the organizer does not use this Google, or no longer has the event. */
  const originalOf = ({ item }: Held): Held | undefined => {
    const account = accounts.find(item.wire.organizer?.email ?? '');
    for (const calendar of account?.calendars.values() ?? []) {
      const found = calendar.store.find(item.id);
      if (
        account &&
        found?.wire.organizer?.self &&
        !found.cancelled &&
        found.wire.iCalUID === item.wire.iCalUID
      )
        return { account, calendar, item: found };
    }
    return undefined;
  };

  return { share, withdraw, originalOf };
}

export type GuestCopies = ReturnType<typeof createGuestCopies>;

function guestsOf(event: GoogleEvent): EventAttendee[] {
  return (event.attendees ?? []).filter(({ email }) => !isSamePerson(email, event.organizer?.email));
}

function primaryOf(account: Account) {
  return account.calendars.get(account.email);
}

function copyOf(account: Account | undefined, eventId: string): Held | undefined {
  const calendar = account && primaryOf(account);
  const item = calendar?.store.find(eventId);
  return account && calendar && item ? { account, calendar, item } : undefined;
}

/** An id is unique in its calendar only: the same one can be another event there. */
function isOrganizedHere({ item }: Held): boolean {
  return item.wire.organizer?.self === true;
}

/** Deleted by the guest, as the answer "declined" shows, or part of a series that the guest deleted. */
function isRefused({ item }: Held, event: GoogleEvent, guest: Account): boolean {
  if (item.instance?.of.cancelled) return true;
  return item.cancelled && attendeeOf(event, guest.email)?.responseStatus === 'declined';
}

function isNews(held: GoogleEvent, copy: GoogleEvent): boolean {
  return sharedChanges(held, copy).length > 0 || answersIn(held) !== answersIn(copy);
}

function answersIn({ attendees = [] }: GoogleEvent): string {
  return JSON.stringify(
    attendees.map(({ email, responseStatus, comment, optional, additionalGuests }) => [
      email,
      responseStatus,
      comment,
      optional,
      additionalGuests,
    ]),
  );
}
