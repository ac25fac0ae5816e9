import fc from 'fast-check';

/** A question and all that the answer depends on, as JSON: in whole minutes, times counted from `from`. */
export interface AvailabilityCase {
  /** Minutes since 1970. */
  readonly from: number;
  readonly minutes: number;
  readonly durationMinutes: number;
  readonly stepMinutes: number;
  readonly align: 'hour' | 'from';
  readonly timeZone: string;
  readonly bufferBefore: number;
  readonly bufferAfter: number;
  readonly earliest: number;
  readonly people: readonly PersonCase[];
  readonly hours: readonly HoursCase[];
  readonly groups: readonly { readonly members: readonly Membership[]; readonly required: number }[];
  readonly optional: readonly Membership[];
  readonly order: 'start' | 'optional';
  readonly limit: number;
}

export interface PersonCase {
  readonly known: boolean;
  readonly load: number | null;
  /** In any order, overlapping or not. */
  readonly busy: readonly (readonly [from: number, to: number])[];
}

export interface HoursCase {
  readonly timeZone: string;
  /** From Monday on; fewer than seven begin anew. */
  readonly days: readonly (readonly DaySpanCase[])[];
  /** By days after the one of `from` in UTC. */
  readonly exceptions: readonly (readonly [day: number, spans: readonly DaySpanCase[]])[];
}

export type DaySpanCase = readonly [start: number, end: number];

/** Places in `people` and in `hours`; null: at any time. */
export type Membership = readonly [person: number, hours: number | null];

/** Moments at which clocks, rules or dates jump, and some at which nothing does. */
const anchors: readonly (readonly [timeZone: string, at: string])[] = [
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['America/St_Johns', '2026-03-08T05:30Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ['America/Caracas', '2016-05-01T07:00Z'],
  ['Asia/Beirut', '2022-03-26T22:00Z'],
  ['Asia/Pyongyang', '2018-05-04T15:00Z'],
  ['Asia/Kolkata', '2026-05-04T06:30Z'],
  ['Asia/Kathmandu', '2026-12-31T18:15Z'],
  ['Africa/Casablanca', '2024-03-10T02:00Z'],
  ['Antarctica/Troll', '2026-10-25T01:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['Europe/Istanbul', '2016-09-06T21:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['Pacific/Kwajalein', '1993-08-21T12:00Z'],
  ['Pacific/Auckland', '2026-12-31T11:00Z'],
  ['UTC', '2028-02-29T00:00Z'],
];

const minuteOfDay = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 96 }).map((quarter) => quarter * 15) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 1440 }) },
);
const daySpan = fc
  .uniqueArray(minuteOfDay, { minLength: 2, maxLength: 2 })
  .map(([one = 0, other = 0]): DaySpanCase => [Math.min(one, other), Math.max(one, other)]);
const spansOfDay = fc.oneof(
  { weight: 1, arbitrary: fc.constant([[0, 1440]] as DaySpanCase[]) },
  { weight: 2, arbitrary: fc.array(daySpan, { maxLength: 3 }) },
);

const hoursIn = (zone: string): fc.Arbitrary<HoursCase> =>
  fc.record({
    timeZone: fc.oneof(
      { weight: 3, arbitrary: fc.constant(zone) },
      { weight: 1, arbitrary: fc.constantFrom('UTC', 'America/New_York', 'Asia/Kathmandu') },
    ),
    days: fc.array(spansOfDay, { minLength: 1, maxLength: 3 }),
    exceptions: fc.uniqueArray(fc.tuple(fc.integer({ min: -1, max: 2 }), spansOfDay), {
      maxLength: 2,
      selector: ([day]) => day,
    }),
  });

const person = (minutes: number): fc.Arbitrary<PersonCase> =>
  fc.record({
    known: fc.integer({ min: 0, max: 15 }).map((chance) => chance > 0),
    load: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 3 })),
    busy: fc.array(
      fc
        .tuple(fc.integer({ min: -90, max: minutes + 60 }), fc.integer({ min: 0, max: 150 }))
        .map(([from, length]) => [from, from + length] as const),
      { maxLength: 4 },
    ),
  });

/** Memberships of different people. */
const members = (people: number, hours: number, minLength: number): fc.Arbitrary<Membership[]> =>
  fc.uniqueArray(
    fc.tuple(
      fc.integer({ min: 0, max: people - 1 }),
      fc.integer({ min: -2, max: hours - 1 }).map((place) => (place < 0 ? null : place)),
    ),
    { minLength, maxLength: people, selector: ([one]) => one },
  );

/** Any question about a few people and at most a day or so, mostly about the time around a jump of the clocks. */
export const anyCase: fc.Arbitrary<AvailabilityCase> = fc
  .record({
    anchor: fc.constantFrom(...anchors),
    before: fc.integer({ min: -120, max: 900 }),
    minutes: fc.oneof(fc.integer({ min: 30, max: 400 }), fc.integer({ min: 1, max: 1200 })),
    people: fc.integer({ min: 1, max: 5 }),
    hours: fc.integer({ min: 1, max: 3 }),
    isOfGroupsOnly: fc.boolean(),
  })
  .chain(({ anchor: [zone, at], before, minutes, people, hours, isOfGroupsOnly }) =>
    fc.record({
      from: fc.constant(Math.round(Date.parse(at) / 60_000) - before),
      minutes: fc.constant(minutes),
      durationMinutes: fc.oneof(fc.constantFrom(5, 15, 30, 60), fc.integer({ min: 5, max: 90 })),
      stepMinutes: fc.oneof(fc.constantFrom(5, 10, 15, 30), fc.integer({ min: 1, max: 100 })),
      align: fc.constantFrom('hour' as const, 'from' as const),
      timeZone: fc.constantFrom(zone, zone, 'UTC', 'Asia/Kolkata'),
      bufferBefore: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 })),
      bufferAfter: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 })),
      earliest: fc.oneof(fc.constant(-60), fc.integer({ min: -60, max: minutes })),
      people: fc.array(person(minutes), { minLength: people, maxLength: people }),
      hours: fc.array(hoursIn(zone), { minLength: hours, maxLength: hours }),
      groups: fc.array(
        members(people, hours, 1).chain((group) =>
          fc.record({ members: fc.constant(group), required: fc.integer({ min: 1, max: group.length }) }),
        ),
        { minLength: 1, maxLength: 3 },
      ),
      optional: isOfGroupsOnly ? fc.constant([]) : members(people, hours, 0),
      order: fc.constantFrom('start' as const, 'optional' as const),
      limit: fc.integer({ min: 1, max: 60 }),
    }),
  );
