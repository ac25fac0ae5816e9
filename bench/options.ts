import { parseArgs } from 'node:util';
import type { AvailabilitySize } from './availability/availability.ts';
import type { BookingSize } from './booking/booking.ts';
import type { FreshnessSize } from './push/freshness.ts';
import type { StormSize } from './push/storm.ts';
import type { QuotaSize } from './quota/quota.ts';

export const measurements = [
  'first-sync',
  'full-resync',
  'availability',
  'sealing',
  'memory',
  'large-calendar',
  'freshness',
  'storm',
  'quota',
  'booking',
] as const;
export type Measurement = (typeof measurements)[number];

export interface Options {
  readonly only: ReadonlySet<Measurement>;
  readonly json: boolean;
  /** Counted rounds of each comparison of syncs. */
  readonly rounds: number;
  readonly freshness: FreshnessSize;
  readonly storm: StormSize;
  readonly quota: QuotaSize;
  readonly booking: BookingSize;
  readonly availability: AvailabilitySize;
  /** A folder for logs and processor profiles of the product's processes, where they are measured as such. */
  readonly profileInto: string | undefined;
}

/** Whole numbers, with what they are unless given. */
const numbers = {
  rounds: 5,
  connections: 1000,
  'changes-per-second': 20,
  seconds: 60,
  notifications: 10_000,
  calendars: 100,
  due: 10_000,
  organizers: 20,
  bookings: 200,
  'bookings-per-second': 20,
  'events-stored': 1_000_000,
  questions: 500,
} as const;
type NumberName = keyof typeof numbers;

const usage = [
  `npm run bench -- [--only ${measurements.join(',')}] [--json]`,
  ...Object.entries(numbers).map(([name, value]) => `[--${name} ${value}]`),
  '[--profile-into folder]',
].join(' ');

/** Throws an Error that says what is wrong with the arguments and what they may be. */
export function readOptions(args: readonly string[]): Options {
  try {
    return parse(args);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${usage}`, { cause: error });
  }
}

function parse(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: text,
      'profile-into': text,
      json: { type: 'boolean' },
      rounds: text,
      connections: text,
      'changes-per-second': text,
      seconds: text,
      notifications: text,
      calendars: text,
      due: text,
      organizers: text,
      bookings: text,
      'bookings-per-second': text,
      'events-stored': text,
      questions: text,
    },
  });
  const { only = measurements.join(','), json = false } = values;
  const numberOf = (name: NumberName): number => wholeNumber(name, values[name]);
  return {
    only: new Set(only.split(',').map(measurementOf)),
    json,
    rounds: numberOf('rounds'),
    freshness: {
      connections: numberOf('connections'),
      changesPerSecond: numberOf('changes-per-second'),
      seconds: numberOf('seconds'),
    },
    storm: { notifications: numberOf('notifications'), calendars: numberOf('calendars') },
    quota: { due: numberOf('due') },
    booking: {
      organizers: numberOf('organizers'),
      bookings: numberOf('bookings'),
      bookingsPerSecond: numberOf('bookings-per-second'),
      seconds: numberOf('seconds'),
    },
    availability: {
      events: [10_000, numberOf('events-stored')],
      people: [5, 50],
      rounds: numberOf('questions'),
    },
    profileInto: values['profile-into'],
  };
}

function wholeNumber(name: NumberName, given: string | undefined): number {
  if (given === undefined) return numbers[name];
  if (!/^[1-9]\d{0,6}$/.test(given)) throw new Error(`--${name} is a whole number from 1 to 9999999`);
  return Number(given);
}

function measurementOf(name: string): Measurement {
  const known = measurements.find((measurement) => measurement === name);
  if (known === undefined) throw new Error(`--only knows no "${name}"; it knows ${measurements.join(', ')}`);
  return known;
}
