import type { ToldChange } from '../change-follower.ts';
import { candidateOf } from './body.ts';
import { standingOf, type Booking } from './booking.ts';
import { toldOf, type Case, type Violation } from './case.ts';
import type { InterviewView } from './interviews-api.ts';
import type { SeenMail } from './mail-log.ts';
import { judgeAnswers } from './rules/answers.ts';
import { judgeExistence } from './rules/existence.ts';
import { judgeFields } from './rules/fields.ts';
import { judgeMails } from './rules/mails.ts';
import { judgeRaces } from './rules/races.ts';
import { judgeTelling } from './rules/telling.ts';
import { judgeView } from './rules/view.ts';
import type { SeenEvent } from './seen-event.ts';

/** What is known when it is quiet, from the providers, from the main app's side, and from the people's. */
export interface Evidence {
  readonly bookings: readonly Booking[];
  readonly events: readonly SeenEvent[];
  readonly mails: readonly SeenMail[];
  readonly changes: readonly ToldChange[];
  readonly views: ReadonlyMap<string, InterviewView>;
  readonly placesFor: Case['placesFor'];
  readonly unseenClashes: number;
}

const rules = [judgeExistence, judgeFields, judgeAnswers, judgeTelling, judgeMails, judgeView];

/** Every violation of what is promised of interviews; judged by the providers' truth, never by what we have stored. */
export function judge(evidence: Evidence): {
  readonly cases: readonly Case[];
  readonly violations: Violation[];
} {
  const cases = casesOf(evidence);
  const known = new Set(evidence.bookings.map(({ id }) => id));
  const strays = evidence.events
    .filter(({ interviewId }) => !known.has(interviewId))
    .map(({ interviewId, id }) => ({
      where: interviewId,
      field: 'an event of no interview',
      expected: undefined,
      stored: id,
    }));
  const missing = evidence.bookings
    .filter(({ id, asks }) => asks.length > 0 && !evidence.views.has(id))
    .map(({ id }) => ({
      where: id,
      field: 'the interview is unknown',
      expected: 'a view',
      stored: undefined,
    }));
  const judged = cases.flatMap((one) => rules.flatMap((rule) => rule(one)));
  return { cases, violations: [...strays, ...missing, ...judged, ...judgeRaces(cases)] };
}

export const ruleCount = rules.length + 1;

function casesOf(evidence: Evidence): Case[] {
  const { bookings, events, mails, changes, views, placesFor, unseenClashes } = evidence;
  const eventsById = Map.groupBy(events, ({ interviewId }) => interviewId);
  const mailsById = byInterview(bookings, mails);
  return bookings.flatMap((booking) => {
    const standing = standingOf(booking);
    const view = views.get(booking.id);
    if (standing === undefined || view === undefined) return [];
    const own = eventsById.get(booking.id) ?? [];
    return [
      {
        booking,
        standing,
        own: own.filter((event) => event.own),
        copies: own.filter((event) => !event.own),
        told: toldOf(changes, booking.id),
        view,
        mails: mailsById.get(booking.id) ?? [],
        placesFor,
        unseenClashes,
      },
    ];
  });
}

/** Each event's mails go to its candidate, too, whose address names the interview. */
function byInterview(bookings: readonly Booking[], mails: readonly SeenMail[]): Map<string, SeenMail[]> {
  const ids = new Map(bookings.map(({ id }) => [candidateOf(id), id]));
  const byEvent = new Map<string, string>();
  for (const { to, iCalUID } of mails) {
    const id = ids.get(to);
    if (id !== undefined) byEvent.set(iCalUID, id);
  }
  return Map.groupBy(
    mails.filter(({ iCalUID }) => byEvent.has(iCalUID)),
    ({ iCalUID }) => byEvent.get(iCalUID) ?? '',
  );
}
