import { until } from '../../support/until.ts';
import type { MainApp } from '../main-app.ts';
import type { Account } from '../model.ts';
import { emptyCalendar } from '../operations.ts';
import type { World } from '../world.ts';
import type { Organizer } from './body.ts';
import type { Case, Place } from './case.ts';

/** Who there is to organize and to take part, and where. */
export interface Furniture {
  readonly organizers: readonly Organizer[];
  readonly colleagues: readonly string[];
  readonly placesFor: Case['placesFor'];
}

/** People outside, one of whom writes their address with capitals. */
const outsiders = ['paula@panel.example', 'Pete.Panel@panel.example', 'petra@panel.example'];

/** Everybody gets a second calendar and is connected; resolves when the calendars of all are known. */
export async function furnish(world: World, app: MainApp): Promise<Furniture> {
  const { accounts, writers } = world;
  for (const account of accounts) {
    const id = writers[account.provider].addCalendar(account, 'interviews');
    account.calendars.set(id, emptyCalendar(id, false));
    await app.connect(account);
  }
  const known = new Map<string, Place>();
  for (const account of accounts) {
    const { provider, email } = account;
    for (const [calendarId, id] of await calendarsOf(app, account))
      known.set(id, { provider, email, calendarId });
  }
  return {
    organizers: organizersAmong(accounts, known),
    colleagues: [...accounts.map(({ email }) => email), ...outsiders],
    placesFor: ({ userId, calendarId }) => {
      const named = calendarId === undefined ? undefined : known.get(calendarId);
      return named === undefined ? placesOf(accounts, known, userId) : [named];
    },
  };
}

/** By the providers' ids: ours. */
async function calendarsOf(app: MainApp, account: Account): Promise<Map<string, string>> {
  return until(async () => {
    const connection = await app.connection(account);
    if (connection === undefined) return false;
    const stored = await app.calendars(connection.id);
    const isKnown = [...account.calendars.keys()].every((id) => stored.has(id));
    return isKnown && new Map([...stored].map(([name, { id }]) => [name, id]));
  });
}

/** Each person with the choice left to us, and once for each of their calendars. */
function organizersAmong(accounts: readonly Account[], known: ReadonlyMap<string, Place>): Organizer[] {
  const userIds = [...new Set(accounts.map(({ userId }) => userId))];
  return userIds.flatMap((userId) => {
    const places = placesOf(accounts, known, userId);
    const providers = [...new Set(places.map(({ provider }) => provider))];
    const [first = '', ...others] = new Set(places.map(({ email }) => email));
    const emails: Organizer['emails'] = [first, ...others];
    const named = [...known]
      .filter(([, { email }]) => emails.includes(email))
      .map(([calendarId, { provider, email }]): Organizer => ({
        userId,
        calendarId,
        providers: [provider],
        emails,
        own: [email],
      }));
    return [{ userId, providers, emails, own: emails }, ...named];
  });
}

function placesOf(accounts: readonly Account[], known: ReadonlyMap<string, Place>, userId: string): Place[] {
  const own = accounts.filter((account) => account.userId === userId).map(({ email }) => email);
  return [...known.values()].filter(({ email }) => own.includes(email));
}
