import { setTimeout as sleep } from 'node:timers/promises';
import type { Difference } from './difference.ts';
import type { MainApp } from './main-app.ts';
import { newAppointment, type Account, type Appointment, type SoakCalendar } from './model.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';
import type { World } from './world.ts';

/** Far below the interval at which calendars are read unasked. */
const patienceMs = 30_000;

export interface TellingByPush {
  readonly world: World;
  readonly app: MainApp;
  readonly tally: Tally;
  readonly random: Random;
  readonly newId: () => string;
}

/**
 * One more appointment in each calendar that counts, and nobody asks for a sync: it has to arrive because the provider
 * tells of it.
 */
export async function expectPush({ world, app, tally, random, newId }: TellingByPush): Promise<Difference[]> {
  const expected: { readonly account: Account; readonly title: string }[] = [];
  for (const account of world.accounts) {
    const connection = await app.connection(account);
    const stored = await app.calendars(connection?.id ?? '');
    for (const calendar of account.calendars.values()) {
      if (calendar.removed || stored.get(calendar.id)?.selected !== true) continue;
      expected.push({ account, title: create(world, account, calendar, appointment(random, newId())) });
    }
  }
  const deadline = Date.now() + patienceMs;
  let missing = expected;
  while (missing.length > 0 && Date.now() < deadline) {
    await sleep(100);
    missing = await stillMissing(world, missing);
  }
  tally.count('comparisons', 'changes told by push', expected.length);
  return missing.map(({ account: { provider, email }, title }) => ({
    where: `${provider} ${email}`,
    field: 'not told by push',
    expected: title,
    stored: undefined,
  }));
}

/** Single, in the window, and with a title that is kept. */
function appointment(random: Random, id: string): Appointment {
  const { details, zone } = newAppointment(random, id);
  return {
    id,
    zone,
    series: undefined,
    times: { allDay: false, day: random.int(1, 20), startMinute: 600, minutes: 30, days: 1 },
    details: { ...details, title: `Told by push ${id}`, privacy: 'default', kind: 'busy' },
  };
}

function create(world: World, account: Account, calendar: SoakCalendar, one: Appointment): string {
  world.writers[account.provider].put(account, calendar.id, one);
  calendar.appointments.set(one.id, one);
  return one.details.title;
}

async function stillMissing<One extends { readonly title: string }>(
  { database }: World,
  expected: readonly One[],
): Promise<One[]> {
  const titles = expected.map(({ title }) => title);
  const found = await database
    .collection('events')
    .find({ title: { $in: titles } })
    .toArray();
  const there = new Set(found.map(({ title }) => String(title)));
  return expected.filter(({ title }) => !there.has(title));
}
