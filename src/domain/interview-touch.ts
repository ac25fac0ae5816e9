import type { CalendarEvent } from './event.ts';
import type { Interval } from './interval.ts';
import type { UnkeptEntry } from './sync.ts';

/** What has to be known of an interview to tell which entries of calendars are its own. */
export interface PlacedInterview {
  readonly id: string;
  /** Where its event is or is to be, and where it is still to be taken out. */
  readonly places: readonly {
    readonly connectionId: string;
    readonly calendarId: string;
    readonly key: string;
    readonly providerEventId?: string | undefined;
  }[];
  /** Of its event, as of our last write or reading. */
  readonly etag?: string | undefined;
  readonly iCalUID?: string | undefined;
  /** When its copies may be expected to be: as it was written, and as it is wanted. */
  readonly spans: readonly Interval[];
}

/** An entry that lives, and by what it is known. */
export type NamedEntry = Interval &
  Pick<CalendarEvent, 'providerEventId' | 'iCalUID' | 'clientKey'> &
  Partial<Pick<CalendarEvent, 'etag'>>;

/** Whose an entry is. */
export interface Belonging {
  readonly interviewId: string;
  /** It is the event itself, and of another version than we have written or read. */
  readonly isNews: boolean;
  /** It is the event itself, or a copy that is where the interview is. Then `interview.*` tells of it, where anything does. */
  readonly isExpected: boolean;
}

export interface Belongings {
  /** Of an entry that lives. */
  of(entry: NamedEntry): Belonging | undefined;
  /**
   * The interview whose event this was, or is where we do not look, in another version than we know. `interviewId`: whose
   * it was when it was stored.
   */
  losing(entry: UnkeptEntry, interviewId?: string): string | undefined;
}

/**
 * Which entries of a calendar are events of interviews, or copies of them at those who are asked. An event is known by the
 * vendor's id, and until we know that by the name that we gave it. A copy is known by its id in iCalendar, and at Google,
 * where it bears the event's own id, by that as well.
 */
export function belongingsIn(
  { connectionId, calendarId }: { readonly connectionId: string; readonly calendarId: string },
  interviews: readonly PlacedInterview[],
): Belongings {
  const places = interviews.flatMap((interview) =>
    interview.places.map((place) => ({ ...place, interview, isHere: place.calendarId === calendarId })),
  );
  const here = places.filter(({ isHere }) => isHere);
  const eventsHere = byName(here, ({ providerEventId }) => providerEventId);
  const keysHere = byName(here, ({ key }) => key);
  const unnamedHere = byName(here, ({ interview, providerEventId }) =>
    providerEventId === undefined ? interview.id : undefined,
  );
  const eventsElsewhere = byName(places, ({ providerEventId, isHere }) =>
    isHere ? undefined : providerEventId,
  );
  const meetings = byName(
    interviews.map((interview) => ({ interview })),
    ({ interview }) => interview.iCalUID,
  );
  const originalOf = ({ providerEventId, iCalUID }: NamedEntry): PlacedInterview | undefined =>
    eventsElsewhere.get(providerEventId) ?? (iCalUID === undefined ? undefined : meetings.get(iCalUID));
  // What somebody has put into another calendar of the same account is no guest's copy.
  const isGuests = (interview: PlacedInterview): boolean =>
    interview.places.every((place) => place.connectionId !== connectionId);
  return {
    of: (entry) => {
      const { providerEventId, clientKey, etag } = entry;
      const own =
        eventsHere.get(providerEventId) ?? (clientKey === undefined ? undefined : keysHere.get(clientKey));
      if (own !== undefined)
        return { interviewId: own.id, isNews: isOtherVersion(own, etag), isExpected: true };
      const original = originalOf(entry);
      if (original === undefined) return undefined;
      const isExpected = isGuests(original) && original.spans.some((span) => isSameSpan(span, entry));
      return { interviewId: original.id, isNews: false, isExpected };
    },
    losing: ({ providerEventId, etag }, interviewId = '') => {
      const own = eventsHere.get(providerEventId) ?? unnamedHere.get(interviewId);
      return own !== undefined && isOtherVersion(own, etag) ? own.id : undefined;
    },
  };
}

function byName<Of extends { readonly interview: PlacedInterview }>(
  all: readonly Of[],
  nameOf: (one: Of) => string | undefined,
): ReadonlyMap<string, PlacedInterview> {
  const named = all.flatMap((one) => {
    const name = nameOf(one);
    return name === undefined ? [] : [[name, one.interview] as const];
  });
  return new Map(named);
}

/** A version that the vendor does not tell may be any. */
function isOtherVersion(interview: PlacedInterview, etag: string | undefined): boolean {
  return etag === undefined || etag !== interview.etag;
}

export function isSameSpan(one: Interval, other: Interval): boolean {
  return one.start.getTime() === other.start.getTime() && one.end.getTime() === other.end.getTime();
}
