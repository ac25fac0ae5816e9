import { Types } from 'mongoose';
import type { Difference } from './difference.ts';
import { eventFields, type ExpectedEvent } from './expected-event.ts';
import { expectedOfGoogle } from './expected-google.ts';
import { expectedOfMicrosoft } from './expected-microsoft.ts';
import type { MainApp, StoredCalendar } from './main-app.ts';
import type { Account, SoakCalendar } from './model.ts';
import type { Tally } from './tally.ts';
import type { World } from './world.ts';

type Stored = Record<string, unknown>;

/** Compares everything: every account, every calendar, every event, every field; in the database and in the API. */
export async function compare(
  world: World,
  app: MainApp,
  tally: Tally<'comparisons' | 'differences'>,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const living: StoredCalendar[] = [];
  const shown = new Map<string, Map<string, Stored[]>>();
  for (const userId of new Set(world.accounts.map((account) => account.userId))) {
    shown.set(userId, await eventsShown(world, userId));
  }
  for (const account of world.accounts) {
    const connection = await app.connection(account);
    const calendars = await app.calendars(connection?.id ?? '');
    living.push(...calendars.values());
    const expected = [...account.calendars.values()].filter(({ removed }) => !removed);
    differences.push(...compareLists(account, expected, calendars));
    for (const calendar of expected) {
      const stored = calendars.get(calendar.id);
      if (stored === undefined) continue;
      const api = shown.get(account.userId)?.get(stored.id) ?? [];
      differences.push(...(await compareCalendar(world, { account, calendar, stored, api }, tally)));
    }
  }
  differences.push(...(await findDoubles(world)), ...(await findOrphans(world, living)));
  tally.count('comparisons', 'rounds');
  for (const { field } of differences) tally.count('differences', field);
  return differences;
}

function compareLists(
  { provider, email }: Account,
  expected: readonly SoakCalendar[],
  stored: ReadonlyMap<string, StoredCalendar>,
): Difference[] {
  const where = `${provider} ${email}`;
  const ids = (list: Iterable<string>): string => [...list].toSorted().join(' ');
  const [wanted, found] = [ids(expected.map(({ id }) => id)), ids(stored.keys())];
  const lists = wanted === found ? [] : [{ where, field: 'calendars', expected: wanted, stored: found }];
  const choices = expected.flatMap((calendar): Difference[] => {
    const selected = stored.get(calendar.id)?.selected;
    if (selected === undefined || calendar.selected === 'unknown' || calendar.selected === selected)
      return [];
    return [
      { where: `${where} ${calendar.id}`, field: 'selected', expected: calendar.selected, stored: selected },
    ];
  });
  return [...lists, ...choices];
}

interface Compared {
  readonly account: Account;
  readonly calendar: SoakCalendar;
  readonly stored: StoredCalendar;
  readonly api: readonly Stored[];
}

async function compareCalendar(
  world: World,
  compared: Compared,
  tally: Tally<'comparisons'>,
): Promise<Difference[]> {
  const { account, calendar, stored, api } = compared;
  const where = `${account.provider} ${account.email} ${calendar.id}`;
  const { window } = stored;
  if (stored.selected && window === undefined) {
    return [{ where, field: 'window', expected: 'one', stored: undefined }];
  }
  const expected =
    stored.selected && window !== undefined
      ? expectedEvents(world, account, calendar.id, [new Date(window.start), new Date(window.end)])
      : [];
  const documents = await world.database
    .collection('events')
    .find({ calendarId: new Types.ObjectId(stored.id) })
    .toArray();
  tally.count('comparisons', 'calendars');
  tally.count('comparisons', 'events', expected.length);
  tally.count('comparisons', 'fields', expected.length * (eventFields.length * 2 - 1));
  return [
    ...compareEvents(`database: ${where}`, expected, documents, eventFields),
    // The API leaves the version out.
    ...compareEvents(
      `api: ${where}`,
      expected,
      api,
      eventFields.filter((field) => field !== 'etag'),
    ),
  ];
}

/** The provider's own plain listing of the window, in the words of our contract. */
function expectedEvents(
  { product: { google, microsoft } }: World,
  { provider, email }: Account,
  calendarId: string,
  [from, to]: readonly [Date, Date],
): ExpectedEvent[] {
  if (provider === 'microsoft') {
    // What its organizer has cancelled stays with a guest until they remove it, and blocks nobody's time.
    const living = microsoft.truth(email, calendarId, from, to).filter((event) => !event['isCancelled']);
    return living.map((event) => expectedOfMicrosoft(event, email));
  }
  const zone = google.timeZoneOf(email, calendarId);
  return google.truth(email, calendarId, from, to).map((item) => expectedOfGoogle(item, zone));
}

function compareEvents(
  where: string,
  expected: readonly ExpectedEvent[],
  stored: readonly Stored[],
  fields: readonly (keyof ExpectedEvent)[],
): Difference[] {
  const byId = new Map(stored.map((event) => [String(event['providerEventId']), event]));
  const differences: Difference[] = [];
  for (const event of expected) {
    const found = byId.get(event.providerEventId);
    byId.delete(event.providerEventId);
    const at = `${where} ${event.providerEventId}`;
    if (found === undefined) {
      differences.push({ where: at, field: 'missing', expected: event, stored: undefined });
      continue;
    }
    for (const field of fields) {
      const [wanted, is] = [comparable(event[field]), comparable(found[field])];
      if (wanted !== is) differences.push({ where: at, field, expected: wanted, stored: is });
    }
  }
  for (const [id, event] of byId) {
    differences.push({ where: `${where} ${id}`, field: 'too many', expected: undefined, stored: event });
  }
  return differences;
}

/** Members in one order and none without a value; dates as text. */
function comparable(value: unknown): string {
  const ordered = (_: string, part: unknown): unknown =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => a.localeCompare(b)))
      : part;
  return JSON.stringify(value, ordered) ?? 'none';
}

const dayMs = 86_400_000;
/** The longest range that the API answers. */
const rangeDays = 92;

/** All that the API shows of a user, by calendar; each event once, however many ranges it overlaps. */
async function eventsShown({ product, anchor }: World, userId: string): Promise<Map<string, Stored[]>> {
  const byId = new Map<unknown, Stored>();
  for (let day = -92; day < 276; day += rangeDays) {
    const at = (days: number): string => new Date(anchor.getTime() + days * dayMs).toISOString();
    for (const event of await product.api.events(userId, at(day), at(day + rangeDays)))
      byId.set(event['id'], event);
  }
  return Map.groupBy(byId.values(), ({ calendarId }) => String(calendarId));
}

async function findDoubles({ database }: World): Promise<Difference[]> {
  const doubles = await database
    .collection('events')
    .aggregate([
      { $group: { _id: { calendar: '$calendarId', event: '$providerEventId' }, count: { $sum: 1 } } },
      { $match: { count: { $gt: 1 } } },
    ])
    .toArray();
  return doubles.map(({ _id, count }) => ({
    where: JSON.stringify(_id),
    field: 'there more than once',
    expected: 1,
    stored: count,
  }));
}

/** Events of calendars and calendars of connections that are not there any more. */
async function findOrphans({ database }: World, living: readonly StoredCalendar[]): Promise<Difference[]> {
  const ids = living.map(({ id }) => new Types.ObjectId(id));
  const left = { calendars: { _id: { $nin: ids } }, events: { calendarId: { $nin: ids } } };
  const found: Difference[] = [];
  for (const [name, filter] of Object.entries(left)) {
    const count = await database.collection(name).countDocuments(filter);
    if (count > 0) found.push({ where: name, field: 'left behind', expected: 0, stored: count });
  }
  return found;
}
