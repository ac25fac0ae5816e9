import { compare } from '../comparison.ts';
import type { Difference } from '../difference.ts';
import { settle } from '../settle.ts';
import { interviewEvents } from './calendars.ts';
import type { Case } from './case.ts';
import { listenForEchoes } from './echo.ts';
import { judge, ruleCount } from './oracle.ts';
import { untilQuiet } from './quiet.ts';
import type { Run } from './run.ts';
import { storyOf } from './story.ts';

/**
 * It goes quiet, and all is judged: first what is promised of interviews; where that holds, that quiet it is; and then
 * what is promised of every calendar, and that the main app was told.
 */
export async function judgeAll(run: Run): Promise<Difference[]> {
  const found = await judgeInterviews(run);
  for (const { field } of found) run.tally.count('violations', field.replace(/:.*$/, ''));
  if (found.length > 0) return found;
  const { world, app, feed, tally } = run;
  const echoes = await listenForEchoes(world, app, feed);
  tally.count('comparisons', 'rounds without an echo');
  for (const { field } of echoes) tally.count('violations', field);
  const stored = await compare(world, app, tally);
  return [...echoes, ...stored, ...(await world.webhook.compare(feed.changes, tally))];
}

async function judgeInterviews(run: Run): Promise<Difference[]> {
  const { world, app, api, crashes, secretary, tally, feed, bookings, furniture } = run;
  const { product, accounts, anchor } = world;
  run.writeFaults.calm();
  await Promise.all([settle({ world, app, crashes, tally }), secretary.answered()]);
  const views = await untilQuiet(world, api, bookings);
  const gaps = await feed.readOn();
  const { cases, violations } = judge({
    bookings,
    events: interviewEvents(product, accounts, anchor),
    mails: run.mails.all(),
    changes: feed.changes,
    views,
    placesFor: furniture.placesFor,
    unseenClashes: run.writeFaults.unseenClashes(),
  });
  count(run, cases);
  const found = [...gaps, ...takenStale(run), ...violations];
  if (found.length > 0) tell(run, found, cases);
  for (const booking of bookings) booking.race = undefined;
  return found;
}

function takenStale({ secretary }: Run): Difference[] {
  return secretary.takenStale.map((id) => ({
    where: id,
    field: 'an outdated revision was taken',
    expected: 412,
    stored: undefined,
  }));
}

/** The whole story of each interview that something is wrong with, for the journal. */
function tell({ world, journal }: Run, found: readonly Difference[], cases: readonly Case[]): void {
  const { google, microsoft } = world.product;
  const requests = [...google.requests, ...microsoft.requests];
  const guilty = new Set(found.map(({ where }) => where));
  const isGuilty = ({ booking: { id, race } }: Case): boolean =>
    guilty.has(id) || (race !== undefined && guilty.has(race));
  for (const one of cases.filter(isGuilty)) journal.push(...storyOf(one, requests));
}

function count({ tally }: Run, cases: readonly Case[]): void {
  tally.count('comparisons', 'interviews', cases.length);
  tally.count('comparisons', 'rules', cases.length * ruleCount);
  for (const { view, mails } of cases) {
    tally.count('settled as', view.state);
    for (const { kind, byPeople } of mails) tally.count('mails', byPeople ? `${kind} by people` : kind);
  }
}
