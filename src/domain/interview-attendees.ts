import { addressKey, type EventDraft, type EventSnapshot, type InterviewAttendee } from './interview.ts';

// Attendees are compared one by one: of a list, main app and people each change what they change.

type Listing = { readonly attendees: readonly InterviewAttendee[] };

export function keysOf({ attendees }: Listing): Set<string> {
  return new Set(attendees.map(({ email }) => addressKey(email)));
}

/** Who of these is not listed. */
function missingIn(listing: Listing, keys: ReadonlySet<string>): string[] {
  const listed = keysOf(listing);
  return [...keys].filter((key) => !listed.has(key));
}

/** Whether the same are asked, whatever is said of them. */
export function areSamePeople(one: Listing, other: Listing): boolean {
  return missingIn(other, keysOf(one)).length === 0 && missingIn(one, keysOf(other)).length === 0;
}

/** In any order, names aside: a vendor replaces them by what its directory says. */
export function isSameList(one: readonly InterviewAttendee[], other: readonly InterviewAttendee[]): boolean {
  const listed = (attendees: readonly InterviewAttendee[]) =>
    attendees
      .map(({ email, optional, resource }) => `${addressKey(email)} ${optional} ${resource}`)
      .toSorted()
      .join('\n');
  return listed(one) === listed(other);
}

export function takenOutBetween(before: Listing, now: Listing): string[] {
  return missingIn(now, keysOf(before));
}

/**
 * Those in the calendar, without whom we took out, with whom we want; undefined where that is who is there. Who is there
 * keeps the name, and what people or the vendor have made of them, but for what the wish has changed of it.
 */
export function attendeesFor(
  wish: EventDraft,
  applied: EventDraft,
  now: EventSnapshot,
): InterviewAttendee[] | undefined {
  const [wanted, known] = [byKey(wish), byKey(applied)];
  const present = keysOf(now);
  const attendees = [
    ...now.attendees.flatMap((attendee) => {
      const key = addressKey(attendee.email);
      if (!wanted.has(key) && known.has(key)) return [];
      return [asWanted(attendee, wanted.get(key), known.get(key))];
    }),
    ...[...wanted].filter(([key]) => !present.has(key)).map(([, attendee]) => attendee),
  ];
  return isSameList(attendees, now.attendees) ? undefined : attendees;
}

/** In their order; of one who is named twice, the first counts. */
export function byKey<Of extends InterviewAttendee>(list: {
  readonly attendees: readonly Of[];
}): Map<string, Of> {
  const found = new Map<string, Of>();
  for (const attendee of list.attendees) {
    const key = addressKey(attendee.email);
    if (!found.has(key)) found.set(key, attendee);
  }
  return found;
}

function asWanted(
  { email, name, optional, resource }: InterviewAttendee,
  wanted: InterviewAttendee | undefined,
  known: InterviewAttendee | undefined,
): InterviewAttendee {
  if (wanted === undefined) return { email, name, optional, resource };
  return {
    email,
    name: name ?? wanted.name,
    optional: wanted.optional === known?.optional ? optional : wanted.optional,
    resource: wanted.resource === known?.resource ? resource : wanted.resource,
  };
}
