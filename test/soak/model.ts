import type { ProviderId } from '../../src/domain/provider-id.ts';
import { someTimes, wordsFor, type Anchor, type Times } from './dates.ts';
import type { Random } from './random.ts';

/** Somebody's account at a provider, as the run knows it. */
export interface Account {
  readonly provider: ProviderId;
  /** The main app's name for the person; one person may have several accounts. */
  readonly userId: string;
  readonly email: string;
  readonly calendars: Map<string, SoakCalendar>;
  /** Each connection that this account ever had. */
  readonly connectionIds: Set<string>;
  /** Attempts to connect that were begun. */
  readonly attemptIds: string[];
}

export interface SoakCalendar {
  /** The provider's. */
  readonly id: string;
  readonly primary: boolean;
  readonly appointments: Map<string, Appointment>;
  /** Deleted ones, which may come back. */
  readonly deleted: Map<string, Appointment>;
  /** It is not on the provider's list any more. */
  removed: boolean;
  /** What the main app chose last; unknown where an answer was lost or the calendar went away in between. */
  selected: boolean | 'unknown';
}

/** An entry in words that fit both providers. */
export interface Appointment {
  readonly id: string;
  readonly times: Times;
  /** IANA; each writer has its own names for it. */
  readonly zone: Zone;
  readonly series?: Series | undefined;
  readonly details: Details;
}

export const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Calcutta',
  'Pacific/Auckland',
  'America/Sao_Paulo',
] as const;
export type Zone = (typeof zones)[number];

export interface Series {
  readonly every: 'day' | 'week';
  readonly interval: number;
  /** Undefined: without an end. */
  readonly count?: number | undefined;
  /** The last possible day, counted from the anchor; instead of a count. */
  readonly untilDay?: number | undefined;
}

export const privacies = ['default', 'public', 'private', 'confidential'] as const;
export const kinds = [
  'busy',
  'free',
  'tentative',
  'out of office',
  'elsewhere',
  'focus',
  'birthday',
] as const;
export const answers = ['accepted', 'declined', 'tentative', 'unanswered'] as const;

/** What an entry is about. */
export interface Details {
  readonly title: string;
  readonly location?: string | undefined;
  readonly description?: string | undefined;
  readonly privacy: (typeof privacies)[number];
  readonly kind: (typeof kinds)[number];
  /** Who invited, if anybody was. */
  readonly meeting: 'none' | 'own' | 'invited';
  readonly answer: (typeof answers)[number];
  readonly link: 'none' | 'own' | 'other';
}

/** What can be done to one provider's side. Throws where the provider would refuse it; then nothing has changed. */
export interface Writer {
  /** Creates it, or writes all of it anew. */
  put(account: Account, calendarId: string, appointment: Appointment): void;
  /** Writes what it is about, and leaves its times and its changed occurrences alone. */
  describe(account: Account, calendarId: string, appointment: Appointment): void;
  remove(account: Account, calendarId: string, id: string): void;
  /** The original starts of the occurrences of a series within reach, cancelled ones left out. */
  occurrences(account: Account, calendarId: string, id: string): string[];
  cancelOccurrence(account: Account, calendarId: string, id: string, original: string): void;
  changeOccurrence(
    account: Account,
    calendarId: string,
    appointment: Appointment,
    original: string,
    change: OccurrenceChange,
  ): void;
  /**
   * "This and all following" where the provider does it by itself: from the occurrence on, another series goes on with the
   * change. Gives its id. Where it is absent, people end a series and begin another.
   */
  readonly split?: (
    account: Account,
    calendarId: string,
    appointment: Appointment,
    original: string,
    change: OccurrenceChange,
  ) => string;
  /** Gives the provider's id. */
  addCalendar(account: Account, name: string): string;
  removeCalendar(account: Account, calendarId: string): void;
  /** A calendar's own settings: its name, and its time zone where it has one. */
  changeCalendar(account: Account, calendarId: string, change: { name: string; zone: Zone }): void;
}

export interface OccurrenceChange {
  readonly times: Times;
  readonly title?: string | undefined;
}

export function newAppointment(random: Random, id: string): Appointment {
  const times = someTimes(random);
  const series = random.chance(0.25) ? newSeries(random) : undefined;
  return {
    id,
    // A series of weeks-long entries is nothing that anybody has.
    times: series === undefined ? times : { ...times, minutes: Math.min(times.minutes, 240), days: 1 },
    zone: random.pick(zones),
    series,
    details: newDetails(random),
  };
}

export function newSeries(random: Random): Series {
  const every = random.weighted({ day: 1, week: 2 });
  const interval = random.weighted({ 1: 4, 2: 1 }) === '1' ? 1 : 2;
  const endless = every === 'week' && random.chance(0.4);
  return { every, interval, count: endless ? undefined : random.int(2, 15) };
}

export function newDetails(random: Random): Details {
  return {
    title: wordsFor(random),
    location: random.chance(0.3) ? wordsFor(random) : undefined,
    description: random.chance(0.3) ? `${wordsFor(random)}\n${wordsFor(random)}` : undefined,
    privacy: random.chance(0.7) ? 'default' : random.pick(privacies),
    kind: random.chance(0.5) ? 'busy' : random.pick(kinds),
    meeting: random.weighted({ none: 6, own: 2, invited: 2 }),
    answer: random.pick(answers),
    link: random.weighted({ none: 6, own: 1, other: 1 }),
  };
}

/** As far as appointments of a run can be seen, from the anchor. */
export function reachOf(anchor: Anchor): { from: Date; to: Date } {
  const dayMs = 86_400_000;
  return { from: new Date(anchor.getTime() - 40 * dayMs), to: new Date(anchor.getTime() + 200 * dayMs) };
}
