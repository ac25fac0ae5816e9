import type { ProviderId } from '../../../src/domain/provider-id.ts';
import { dateOn, wordsFor, type Anchor } from '../dates.ts';
import { zones } from '../model.ts';
import type { Random } from '../random.ts';

/** What the main app sends with `PUT /v1/interviews/{id}`. */
export interface InterviewBody {
  readonly organizer: { readonly userId: string; readonly calendarId?: string };
  readonly title: string;
  readonly description: string;
  readonly start: string;
  readonly end: string;
  readonly timeZone: string;
  readonly attendees: readonly Invited[];
  readonly location?: string;
  readonly conference: 'google_meet' | 'teams' | 'provider_default' | 'none';
  readonly reminders?: readonly number[];
  readonly visibility: 'default' | 'private';
  readonly sendInvitations: boolean;
  readonly checkConflicts: boolean;
  readonly policy: 'follow' | 'hold';
}

export interface Invited {
  readonly email: string;
  readonly name?: string;
  readonly optional?: boolean;
  readonly resource?: boolean;
}

/** Somebody in whose name interviews are booked, and where their events may go. */
export interface Organizer {
  readonly userId: string;
  /** One calendar, by our id, and at which provider it is; absent: theirs, wherever that is. */
  readonly calendarId?: string;
  /** What each of the calendars that may be taken is at. */
  readonly providers: readonly ProviderId[];
  /** By which they can be asked to take part. */
  readonly emails: readonly [string, ...string[]];
  /** Whose calendars may be taken: they take part anyway, and are not asked. */
  readonly own: readonly string[];
}

export interface BodyScene {
  readonly random: Random;
  readonly anchor: Anchor;
  /** Stands in the description, and in the candidate's address: nobody changes either. */
  readonly id: string;
  readonly organizer: Organizer;
  /** Addresses of people who may be asked beside the candidate, connected ones among them. */
  readonly colleagues: readonly string[];
}

/** By these words an event is known for this interview's, whoever has written what else into it. */
export function tagOf(id: string): string {
  return `[[${id}]]`;
}

export function candidateOf(id: string): string {
  return `${id}@candidate.example`;
}

export function newBody(scene: BodyScene): InterviewBody {
  const { random, id, organizer } = scene;
  return {
    organizer: organizerOf(organizer),
    title: newTitle(random, id),
    description: newDescription(random, id),
    ...newTimes(scene),
    attendees: newAttendees(scene),
    ...(random.chance(0.4) ? { location: wordsFor(random) } : {}),
    conference: newConference(random, organizer.providers),
    ...(random.chance(0.2) ? { reminders: [random.pick([5, 10, 60])] } : {}),
    visibility: random.chance(0.1) ? 'private' : 'default',
    sendInvitations: random.chance(organizer.providers.join() === 'google' ? 0.8 : 0.98),
    checkConflicts: random.chance(0.2),
    policy: random.chance(0.6) ? 'follow' : 'hold',
  };
}

export function organizerOf({ userId, calendarId }: Organizer): InterviewBody['organizer'] {
  return { userId, ...(calendarId === undefined ? {} : { calendarId }) };
}

export function newTitle(random: Random, id: string): string {
  return `${wordsFor(random)} (${id})`;
}

/** With what has to be escaped in HTML, and over several lines. */
export function newDescription(random: Random, id: string): string {
  const more = random.chance(0.4) ? `\nR&D <${wordsFor(random)}> "round ${random.int(1, 9)}"` : '';
  return `${tagOf(id)} ${wordsFor(random)}${more}`;
}

/** A day of the coming weeks, on the quarter of an hour. */
export function newTimes({ random, anchor }: Pick<BodyScene, 'random' | 'anchor'>) {
  const span = spanOn(anchor, random.int(2, 21), random.int(28, 68), random.int(2, 6));
  return { ...span, timeZone: random.pick(zones) };
}

export function spanOn(anchor: Anchor, day: number, quarter: number, quarters: number) {
  const start = Date.parse(`${dateOn(anchor, day)}T00:00:00Z`) + quarter * quarterMs;
  return iso(start, start + quarters * quarterMs);
}

const quarterMs = 900_000;

function iso(start: number, end: number): { start: string; end: string } {
  return { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
}

/** The candidate first, always. */
export function newAttendees({ random, id, colleagues, organizer }: BodyScene): Invited[] {
  const candidate: Invited = { email: candidateOf(id), name: 'Cleo Candidate' };
  const others = colleagues.filter((email) => random.chance(0.3) && !organizer.own.includes(email));
  const room: Invited[] = random.chance(0.2)
    ? [{ email: `room-${random.int(1, 3)}@company.example`, resource: true }]
    : [];
  return [candidate, ...others.map((email) => ({ email, optional: random.chance(0.2) })), ...room];
}

/** At times one that the account cannot make. */
export function newConference(random: Random, providers: readonly ProviderId[]): InterviewBody['conference'] {
  const chosen = random.weighted({ none: 5, provider_default: 2, own: 3, foreign: 0.3 });
  if (chosen === 'none' || chosen === 'provider_default') return chosen;
  if (providers.length > 1) return 'provider_default';
  const isGoogle = providers[0] === 'google';
  return isGoogle === (chosen === 'own') ? 'google_meet' : 'teams';
}

/** All that keeps calendars of this provider from holding it so; by the documentation of the failure codes. */
export function refusalsOf(
  { conference, sendInvitations, attendees }: InterviewBody,
  provider: ProviderId,
): readonly ('conference_unavailable' | 'invitations_unavoidable')[] {
  const foreign = provider === 'google' ? 'teams' : 'google_meet';
  const isSilent = provider === 'microsoft' && !sendInvitations && attendees.length > 0;
  return [
    ...(conference === foreign ? (['conference_unavailable'] as const) : []),
    ...(isSilent ? (['invitations_unavoidable'] as const) : []),
  ];
}
