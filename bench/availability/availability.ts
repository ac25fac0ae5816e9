import type { mongo } from 'mongoose';
import { latenciesOf, type Latencies } from '../push/latencies.ts';
import { startProduct } from '../push/running-product.ts';
import type { PushStage } from '../push/stage.ts';
import { seedCrowd, type Crowd, type Person } from './crowd.ts';
import { keepConnection, type KeptConnection } from './keep-alive.ts';

export interface AvailabilitySize {
  /** How many events are stored, one database after another. */
  readonly events: readonly number[];
  readonly people: readonly number[];
  /** How often each question is asked, after those for warming up. */
  readonly rounds: number;
}

export interface AvailabilityLine {
  readonly events: number;
  readonly people: number;
  /** `busy`: busy times alone. `slots`: when all of them can meet as well. */
  readonly question: Question;
  /** Index entries within the range, of all of them, on average. */
  readonly entries: number;
  readonly floor: Latencies;
  readonly ours: Latencies;
}

const questions = ['busy', 'slots'] as const;
type Question = (typeof questions)[number];

const dayMs = 86_400_000;
const warmUps = 100;

/**
 * Four weeks of so many people over HTTP: the real intake in a process of its own, one connection that is kept; against the
 * driver's bare covered query for the same people. Each round asks for other people than the one before.
 */
export async function measureAvailability(
  stage: PushStage,
  size: AvailabilitySize,
): Promise<AvailabilityLine[]> {
  const lines: AvailabilityLine[] = [];
  for (const events of size.events) {
    await using opened = new AsyncDisposableStack();
    stage.say(`availability: ${events.toLocaleString('en')} events …`);
    const now = new Date();
    const crowd = await seedCrowd(stage.databases, events, now);
    opened.defer(() => stage.databases.drop(crowd.name));
    const own = { ...stage.services, mongodbUri: crowd.mongodbUri };
    const product = await startProduct(own, {}, stage.profileInto, intakeAlone);
    opened.defer(() => product.stop());
    const client = keepConnection(product.api.url, product.apiKey);
    opened.defer(() => client.close());
    for (const people of size.people)
      for (const question of questions)
        lines.push(
          await measureOne(stage, { crowd, client, now }, { events, people, question, rounds: size.rounds }),
        );
  }
  return lines;
}

const intakeAlone = {
  roles: ['src/intake/main.ts'],
  // Nobody syncs meanwhile.
  over: { AVAILABILITY_MAX_AGE_SECONDS: '604800' },
} as const satisfies Parameters<typeof startProduct>[3];

interface Scene {
  readonly crowd: Crowd;
  readonly client: KeptConnection;
  readonly now: Date;
}

async function measureOne(
  { databases, signal }: PushStage,
  { crowd, client, now }: Scene,
  {
    events,
    people,
    question,
    rounds,
  }: Pick<AvailabilityLine, 'events' | 'people' | 'question'> & { rounds: number },
): Promise<AvailabilityLine> {
  const collection = databases.client.db(crowd.name).collection('events');
  const range = { start: now, end: new Date(now.getTime() + 28 * dayMs) };
  const times = { floor: [] as number[], ours: [] as number[] };
  let entries = 0;
  for (let round = 0; round < warmUps + rounds; round += 1) {
    signal.throwIfAborted();
    const asked = panelOf(crowd.people, people, round);
    const body = JSON.stringify(questionOf(asked, range, question));
    const floorMs = await timed(async () => {
      entries += (await bareQuery(collection, asked, range)).length;
    });
    const oursMs = await timed(async () => assertKnown(await client.post('/v1/availability', body), people));
    if (round < warmUps) continue;
    times.floor.push(floorMs);
    times.ours.push(oursMs);
  }
  return {
    events,
    people,
    question,
    entries: Math.round(entries / (warmUps + rounds)),
    floor: latenciesOf(times.floor),
    ours: latenciesOf(times.ours),
  };
}

/** Spread over the whole crowd, and others in each round. */
function panelOf(crowd: readonly Person[], people: number, round: number): Person[] {
  const step = Math.max(1, Math.floor(crowd.length / people));
  return Array.from({ length: people }, (_, index) => crowd[(index * step + round) % crowd.length]).filter(
    (person) => person !== undefined,
  );
}

interface Range {
  readonly start: Date;
  readonly end: Date;
}

/** The same index entries with all that the product needs of them. */
function bareQuery(collection: mongo.Collection, people: readonly Person[], { start, end }: Range) {
  const projection = {
    _id: 0,
    calendarId: 1,
    start: 1,
    end: 1,
    busy: 1,
    kind: 1,
    response: 1,
    allDay: 1,
    visibility: 1,
    interviewId: 1,
  };
  const calendarId = { $in: people.map((person) => person.calendarId) };
  return collection.find({ calendarId, start: { $lt: end }, end: { $gt: start } }, { projection }).toArray();
}

const office = [
  { start: '08:00', end: '12:00' },
  { start: '13:00', end: '18:00' },
];

function questionOf(people: readonly Person[], { start, end }: Range, question: Question) {
  const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'];
  const meeting = {
    durationMinutes: 30,
    timeZone: 'Europe/Berlin',
    workingHours: Object.fromEntries(days.map((day) => [day, office])),
    // Of fifty people all are hardly ever free at once.
    accept: 'fresh',
  };
  const members = people.map(({ userId }) => ({ userId }));
  const required = question === 'busy' || people.length < 10 ? 'all' : Math.ceil(people.length / 2);
  return {
    groups: [{ members, required }],
    from: start.toISOString(),
    to: end.toISOString(),
    ...(question === 'slots' && meeting),
  };
}

/** Throws where somebody is not fresh or has nothing to do, or nobody can ever meet. */
function assertKnown(answer: unknown, people: number): void {
  const { participants, slots } = answer as {
    participants: { userId: string; busy: unknown[]; freshness: { state: string } }[];
    slots?: unknown[];
  };
  for (const { userId, busy, freshness } of participants)
    if (freshness.state !== 'fresh' || busy.length === 0)
      throw new Error(`${userId} is ${freshness.state}, busy ${busy.length} times`);
  if (participants.length !== people || slots?.length === 0) throw new Error('the answer is not complete');
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

export function availabilityLines(lines: readonly AvailabilityLine[]): string[] {
  return lines.map((line) => {
    const { events, people, question, entries, floor, ours } = line;
    const what = question === 'busy' ? 'busy times' : 'busy times and slots';
    const both = (name: 'p50' | 'p99'): string =>
      `${name} ${ours[name].toFixed(1)} ms, floor ${floor[name].toFixed(1)} ms, × ${(ours[name] / floor[name]).toFixed(2)}`;
    return `availability: ${people} people, four weeks, ${what} (${entries} entries of ${events.toLocaleString('en')}): ${both('p50')}; ${both('p99')}`;
  });
}
