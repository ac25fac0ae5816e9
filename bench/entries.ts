import { diceOf, seededRandom, type Dice } from './seeded.ts';

/** The moment at which everything in the benchmark happens. Fixed, so that every run measures the same calendars. */
export const benchNow = new Date('2026-11-23T09:00:00Z');
/** Within what a deployment may configure; three years, so that ten thousand entries make a calendar and not a heap. */
export const benchWindow = { pastDays: 365, futureDays: 730 };

export interface Guest {
  readonly email: string;
  readonly name: string;
  readonly response: 'accepted' | 'declined' | 'tentative' | 'needs_action';
  readonly optional: boolean;
}

/** Something in somebody's calendar, in nobody's wire format. Wall-clock times are the owner's. */
export interface Entry {
  /** Letters and digits that both vendors take for an id. */
  readonly key: string;
  readonly title: string;
  readonly description: string;
  readonly location: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** Minutes after midnight; absent of an all-day entry. */
  readonly startMinute?: number | undefined;
  readonly durationMinutes: number;
  readonly durationDays: number;
  /** The others; none where the entry is the owner's own affair. */
  readonly guests: readonly Guest[];
  readonly ownResponse: 'organizer' | 'accepted' | 'declined' | 'tentative' | 'needs_action';
  readonly showAs: 'busy' | 'free' | 'tentative' | 'away';
  readonly isPrivate: boolean;
  readonly isOnline: boolean;
  /** Of a series: on which days (0 is Monday) and how often. */
  readonly repeats?: { readonly weekdays: readonly number[]; readonly count: number } | undefined;
}

const occurrencesPerSeries = 50;
const dayMs = 86_400_000;

/**
 * A calendar that a sync sees as exactly `size` events: three in ten are occurrences of a series, a few are all-day,
 * private, declined or free, most have guests, and half have a text.
 */
export function calendarOf(size: number, seed: number): Entry[] {
  const dice = diceOf(seededRandom(seed));
  const seriesCount = Math.floor((size * 0.3) / occurrencesPerSeries);
  const singles = size - seriesCount * occurrencesPerSeries;
  return [
    ...Array.from({ length: seriesCount }, (_, index) => seriesOf(dice, index)),
    ...Array.from({ length: singles }, (_, index) => singleOf(dice, index)),
  ];
}

/** Ends well within the window, so that no occurrence is cut off. */
function seriesOf(dice: Dice, index: number): Entry {
  const isDaily = dice.chance(0.3);
  const monday = dice.between(0, 90);
  const weekday = isDaily ? 0 : dice.between(0, 4);
  return {
    ...entryOf(dice, `series${String(index).padStart(5, '0')}`),
    date: dateOf(firstMonday + (monday * 7 + weekday) * dayMs),
    startMinute: startOf(dice),
    durationMinutes: isDaily ? 15 : dice.oneOf([30, 45, 60]),
    durationDays: 0,
    repeats: { weekdays: isDaily ? [0, 1, 2, 3, 4] : [weekday], count: occurrencesPerSeries },
  };
}

function singleOf(dice: Dice, index: number): Entry {
  const isAllDay = dice.chance(0.04);
  const day = dice.between(0, 1080);
  return {
    ...entryOf(dice, `single${String(index).padStart(6, '0')}`),
    date: dateOf(firstMonday + day * dayMs),
    startMinute: isAllDay ? undefined : startOf(dice),
    durationMinutes: dice.oneOf([15, 30, 30, 45, 60, 60, 90, 120]),
    durationDays: isAllDay ? dice.oneOf([1, 1, 1, 2, 5]) : 0,
  };
}

/** 1 December 2025: inside the window, whose first day is 23 November. */
const firstMonday = Date.UTC(2025, 11, 1);

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** On a quarter of an hour between eight and five, so that nothing reaches into the next day. */
function startOf(dice: Dice): number {
  return 8 * 60 + dice.between(0, 36) * 15;
}

type Details = Omit<Entry, 'date' | 'startMinute' | 'durationMinutes' | 'durationDays' | 'repeats'>;

function entryOf(dice: Dice, key: string): Details {
  const guests = dice.chance(0.75) ? guestsOf(dice) : [];
  return {
    key,
    title: `${dice.oneOf(occasions)} ${dice.oneOf(subjects)}`,
    description: dice.chance(0.5) ? textOf(dice, dice.between(20, 160)) : '',
    location: dice.chance(0.4) ? `${dice.oneOf(rooms)}, floor ${dice.between(1, 9)}` : '',
    guests,
    ownResponse: guests.length === 0 || dice.chance(0.4) ? 'organizer' : invitedResponse(dice),
    showAs: dice.chance(0.88) ? 'busy' : dice.oneOf(['free', 'tentative', 'away']),
    isPrivate: dice.chance(0.04),
    isOnline: dice.chance(0.5),
  };
}

function invitedResponse(dice: Dice): Guest['response'] {
  return dice.chance(0.8) ? 'accepted' : dice.oneOf(['declined', 'tentative', 'needs_action']);
}

/** Mostly two to eight; now and then a whole department. */
function guestsOf(dice: Dice): Guest[] {
  const count = dice.chance(0.03) ? dice.between(15, 40) : dice.between(1, 7);
  const first = dice.between(0, 400);
  return Array.from({ length: count }, (_, offset) => {
    const name = `${dice.oneOf(firstNames)} ${dice.oneOf(lastNames)}`;
    const address = `${name.toLowerCase().replace(' ', '.')}.${first + offset}@company.example`;
    return { email: address, name, response: invitedResponse(dice), optional: dice.chance(0.15) };
  });
}

function textOf(dice: Dice, words: number): string {
  return Array.from({ length: words }, () => dice.oneOf(vocabulary)).join(' ');
}

const occasions = [
  'Interview:',
  'Weekly',
  'Review of',
  'Planning',
  'Workshop:',
  'Call about',
  'Debrief:',
] as const;
const subjects = [
  'back-end engineer',
  'hiring plan',
  'quarterly goals',
  'candidate pipeline',
  'onboarding',
  'budget',
  'design system',
  'Zürich office',
] as const;
const rooms = ['Room Lovelace', 'Room Hopper', 'Room Noether', 'Café', 'Town hall'] as const;
const firstNames = [
  'Ada',
  'Grace',
  'Emmy',
  'Alan',
  'Edsger',
  'Barbara',
  'Donald',
  'Zoë',
  'José',
  'Mária',
] as const;
const lastNames = ['Berger', 'Okafor', 'Tanaka', 'Silva', 'Novak', 'Haddad', 'Larsen', 'Moreau'] as const;
const vocabulary = [
  'please',
  'prepare',
  'the agenda:',
  'candidate',
  'feedback',
  'score card',
  'https://wiki.company.example/page',
  'questions',
  'before',
  'meeting',
  'notes',
  'über',
  'decision',
  'follow-up',
  'owner',
  'deadline\n',
] as const;
