import { mongo } from 'mongoose';
import { openStore } from '../../src/store/index.ts';
import type { Databases } from '../databases.ts';
import { diceOf, seededRandom, type Dice } from '../seeded.ts';

/** Many people whose calendars were read a moment ago. */
export interface Crowd {
  readonly mongodbUri: string;
  readonly name: string;
  readonly people: readonly Person[];
}

export interface Person {
  readonly userId: string;
  readonly calendarId: mongo.ObjectId;
}

export const eventsOfEach = 200;

const dayMs = 86_400_000;
const quarterMs = 900_000;
/** As the configuration has it: a month back, half a year ahead. */
const weeks = { before: 4, ahead: 26 };
const weeklyMeetings = 4;
const atOnce = 5000;

/**
 * Fills a database of its own: one account and one calendar for each, 200 events. The documents go in by the driver and
 * the indexes are made over them by the product, because to write a million events one after another takes an hour.
 */
export async function seedCrowd(databases: Databases, events: number, now: Date): Promise<Crowd> {
  const name = databases.freshName();
  const mongodbUri = databases.uriOf(name);
  const database = databases.client.db(name);
  const people = Array.from({ length: Math.ceil(events / eventsOfEach) }, (_, index) => ({
    userId: `person-${index}`,
    calendarId: new mongo.ObjectId(),
    connectionId: new mongo.ObjectId(),
  }));
  await database.collection('connections').insertMany(people.map((person) => connectionOf(person, now)));
  await database.collection('calendars').insertMany(people.map((person) => calendarOf(person, now)));
  let documents: mongo.Document[] = [];
  for (const [index, person] of people.entries()) {
    documents.push(...eventsOf(person, index, now));
    if (documents.length < atOnce && index < people.length - 1) continue;
    await database.collection('events').insertMany(documents, { ordered: false });
    documents = [];
  }
  await (await openStore({ mongodbUri })).close();
  return { mongodbUri, name, people };
}

type Owner = Person & { readonly connectionId: mongo.ObjectId };

function connectionOf({ userId, connectionId }: Owner, now: Date): mongo.Document {
  return {
    _id: connectionId,
    userId,
    provider: 'google',
    accountId: userId,
    email: `${userId}@company.example`,
    status: 'active',
    credentials: {
      accessToken: 'a'.repeat(300),
      refreshToken: 'r'.repeat(300),
      expiresAt: new Date(now.getTime() + 3_600_000),
      scopes: ['openid', 'email', 'https://www.googleapis.com/auth/calendar'],
      version: 1,
    },
    sync: { run: 1, leaseUntil: null, dirty: false, writes: 1 },
    nextSyncAt: new Date(now.getTime() + dayMs),
    lastSyncedAt: now,
    consecutiveFailures: 0,
    createdAt: now,
    updatedAt: now,
  };
}

function calendarOf({ userId, connectionId, calendarId }: Owner, now: Date): mongo.Document {
  return {
    _id: calendarId,
    userId,
    connectionId,
    providerCalendarId: `${userId}@company.example`,
    name: userId,
    timeZone: 'Europe/Berlin',
    primary: true,
    canWrite: true,
    selected: true,
    sync: {
      cursor: 'c'.repeat(60),
      window: { start: new Date(now.getTime() - 31 * dayMs), end: new Date(now.getTime() + 190 * dayMs) },
      lastSyncedAt: now,
      readFrom: now,
      fullSyncAt: now,
      unreadable: [],
    },
    createdAt: now,
    updatedAt: now,
  };
}

/** Four meetings in each week of seven months, and the rest in the ten weeks around now, where calendars are full. */
function eventsOf(owner: Owner, seed: number, now: Date): mongo.Document[] {
  const dice = diceOf(seededRandom(seed));
  const regular = (weeks.before + weeks.ahead) * weeklyMeetings;
  return Array.from({ length: eventsOfEach }, (_, index) => {
    const isRegular = index < regular;
    const week = isRegular
      ? Math.floor(index / weeklyMeetings) - weeks.before
      : dice.between(-weeks.before, 5);
    return eventOf(owner, dice, { key: `event${index}`, week, isRegular }, now);
  });
}

function eventOf(
  { userId, connectionId, calendarId }: Owner,
  dice: Dice,
  { key, week, isRegular }: { readonly key: string; readonly week: number; readonly isRegular: boolean },
  now: Date,
): mongo.Document {
  const allDay = !isRegular && dice.chance(0.05);
  const midnight = Math.floor(now.getTime() / dayMs) * dayMs + (week * 7 + dice.between(0, 4)) * dayMs;
  const start = allDay ? midnight : midnight + dice.between(8 * 4, 17 * 4) * quarterMs;
  const end = start + (allDay ? dayMs : dice.oneOf([1, 2, 2, 3, 4, 4, 6]) * quarterMs);
  return {
    userId,
    connectionId,
    calendarId,
    providerEventId: `${key}0123456789abcdefgh`,
    iCalUID: `${key}0123456789abcdefgh@company.example`,
    etag: '"3412345678901234"',
    status: 'confirmed',
    kind: 'default',
    title: `${dice.oneOf(['Stand-up', 'Interview', 'Review', 'One to one', 'Planning'])} ${key}`,
    ...(dice.chance(0.5) && {
      description: 'What we want to talk about, and what to read before. '.repeat(3),
    }),
    start: new Date(start),
    end: new Date(end),
    startTimeZone: 'Europe/Berlin',
    allDay,
    busy: dice.chance(0.88) ? 'busy' : dice.oneOf(['free', 'tentative', 'out_of_office']),
    response: dice.chance(0.9) ? 'accepted' : dice.oneOf(['declined', 'needs_action']),
    organizer: { email: `${userId}@company.example`, self: true },
    attendees: [1, 2].map((guest) => ({
      email: `guest-${guest}-of-${key}@elsewhere.example`,
      response: 'accepted',
      optional: false,
      resource: false,
      self: false,
    })),
    ...(isRegular && { recurringEventId: 'series0123456789' }),
    visibility: dice.chance(0.05) ? 'private' : 'default',
    fingerprint: 'f'.repeat(64),
    run: 1,
    updatedAt: now,
  };
}
