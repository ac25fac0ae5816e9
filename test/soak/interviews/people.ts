import type { ProviderId } from '../../../src/domain/provider-id.ts';
import { wordsFor, type Anchor } from '../dates.ts';
import type { Random } from '../random.ts';
import { candidateOf, newTimes } from './body.ts';
import { isSameEvent, type Booking, type Deed, type EventName } from './booking.ts';
import type { Hand } from './hand.ts';
import type { MailLog } from './mail-log.ts';
import type { SeenEvent } from './seen-event.ts';
import { attendeeSubject, plainSubjects, valueIn, type Subject } from './subjects.ts';

/** How often what is done to an event by hand, relatively. */
const weights = {
  move: 10,
  retitle: 6,
  note: 4,
  relocate: 4,
  invite: 5,
  uninvite: 4,
  answer: 12,
  delete: 3,
  'make private': 1.5,
  'show again': 1.5,
} as const;

export type DeedKind = keyof typeof weights;

export interface Meddling {
  readonly random: Random;
  readonly anchor: Anchor;
  readonly hands: Readonly<Record<ProviderId, Hand>>;
  readonly mails: MailLog;
  /** The events as they are now. */
  readonly look: () => readonly SeenEvent[];
  /** Who may be invited. */
  readonly colleagues: readonly string[];
}

/**
 * Somebody does something to the event of this interview, and it is written down. Gives what it was; undefined where
 * there is no event, where it would change nothing, or where the provider refused it.
 */
export function meddle(scene: Meddling, booking: Booking): DeedKind | undefined {
  const { random, mails, look } = scene;
  const kind = random.weighted(weights);
  const draws = { ...scene, random: random.fork(`deed ${random.next()}`) };
  const before = look().find(({ own, interviewId }) => own && interviewId === booking.id);
  if (before === undefined) return undefined;
  const done = mails.byPeople(() => attempted(() => deeds[kind](draws, before)));
  if (done === undefined) return undefined;
  const after = look().find((event) => isSameEvent(event, before));
  const found = writtenDown(before, after, done);
  booking.deeds.push(...found);
  return found.length === 0 ? undefined : kind;
}

/** What it was about, where that is not to be seen by comparing. */
type Done = {
  readonly answered?: { readonly email: string; readonly answer: 'accepted' | 'tentative' | 'declined' };
};

function attempted(work: () => Done | undefined): Done | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return undefined;
  }
}

const deeds: Readonly<Record<DeedKind, (scene: Meddling, event: SeenEvent) => Done | undefined>> = {
  move: ({ random, anchor, hands }, event) => {
    const { start, end } = newTimes({ random, anchor });
    const length = random.chance(0.7) ? event.end - event.start : Date.parse(end) - Date.parse(start);
    const from = Date.parse(start);
    hands[event.provider].change(event, { start: from, end: from + length });
    return {};
  },
  retitle: ({ random, hands }, event) => change(hands, event, { title: `By hand: ${wordsFor(random)}` }),
  note: ({ random, hands }, event) => change(hands, event, { note: `Note: ${wordsFor(random)}` }),
  relocate: ({ random, hands }, event) => change(hands, event, { location: `At ${wordsFor(random)}` }),
  invite: ({ random, hands, colleagues }, event) => {
    const absent = colleagues.filter((email) => !isThere(event, email) && email !== event.email);
    if (absent.length === 0) return undefined;
    hands[event.provider].invite(event, random.pick(absent));
    return {};
  },
  uninvite: ({ random, hands }, event) => {
    const others = event.attendees.filter(({ email }) => email !== candidateOf(event.interviewId));
    if (others.length === 0) return undefined;
    hands[event.provider].uninvite(event, random.pick(others).email);
    return {};
  },
  answer: ({ random, hands }, event) => {
    if (event.attendees.length === 0) return undefined;
    const { email, answer: before } = random.pick(event.attendees);
    const answer = random.pick(
      (['accepted', 'tentative', 'declined'] as const).filter((one) => one !== before),
    );
    hands[event.provider].answer(event, email, answer);
    return { answered: { email, answer } };
  },
  delete: ({ hands }, event) => {
    hands[event.provider].remove(event);
    return {};
  },
  'make private': ({ hands }, event) => change(hands, event, { visibility: 'private' }),
  'show again': ({ hands }, event) => change(hands, event, { visibility: 'default' }),
};

function change(hands: Meddling['hands'], event: SeenEvent, to: Parameters<Hand['change']>[1]): Done {
  hands[event.provider].change(event, to);
  return {};
}

function isThere({ attendees }: SeenEvent, email: string): boolean {
  return attendees.some((attendee) => attendee.email.toLowerCase() === email.toLowerCase());
}

/** Nothing where all is as it was. */
function writtenDown(before: SeenEvent, after: SeenEvent | undefined, { answered }: Done): Deed[] {
  const { provider, email, calendarId, id } = before;
  const event: EventName = { provider, email, calendarId, id };
  const common = { at: Date.now(), by: email, event };
  if (after === undefined) return [{ ...common, kind: 'deletion' }];
  if (answered !== undefined) return [{ ...common, kind: 'answer', ...answered }];
  const people = [...before.attendees, ...after.attendees].map((attendee) => attendeeSubject(attendee.email));
  const subjects: Subject[] = [...plainSubjects, ...new Set(people)];
  return subjects
    .filter((subject) => valueIn(before, subject) !== valueIn(after, subject))
    .map((subject) => ({ ...common, kind: 'edit', subject, value: valueIn(after, subject) }));
}
