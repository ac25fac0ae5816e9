import { expect } from 'vitest';

import { createMicrosoftProvider, type MicrosoftOptions } from '../../src/providers/microsoft/index.ts';
import {
  startMicrosoftSimulator,
  type EventInput,
  type GraphEvent,
  type MicrosoftSimulator,
  type MicrosoftSimulatorOptions,
} from '../simulators/microsoft/index.ts';
import { startReceiver, type Received, type Receiver } from './microsoft-simulator-receiver.ts';
import { noBudget } from '../support/no-budget.ts';
import { now as noon } from './provider-harness.ts';
import { berlin, email, peopleOf, wallClock } from './microsoft-people.ts';
import type {
  Entry,
  Held,
  People,
  ProviderChanges,
  ProviderWorld,
  PushReceiver,
} from './provider-harness.ts';

export { email, wallClock } from './microsoft-people.ts';
/** Of a listing; as the adapter asks for it. */
export const pageSize = 100;
const redirectUri = 'http://localhost:3000/settings';

export interface MicrosoftWorld extends ProviderWorld {
  readonly simulator: MicrosoftSimulator;
  /** How the receiver answers handshakes from now on. */
  greetWith(greet: Receiver['greet']): Promise<void>;
  /** As it came; undefined where none has. */
  lastNotification(): Promise<Received | undefined>;
}

/** Ada, her Outlook and our adapter. `close` ends both. */
export async function startMicrosoftWorld(options: MicrosoftSimulatorOptions): Promise<MicrosoftWorld> {
  const notifications = { allowHttpLoopback: true, ...options.notifications };
  const microsoft = await startMicrosoftSimulator({
    ...options,
    notifications,
    redirectUris: [redirectUri],
  });
  let receiving: Promise<Receiver> | undefined;
  const receiver = (): Promise<Receiver> => (receiving ??= startReceiver());
  const now = options.now ?? (() => new Date());
  const { oid, tid } = microsoft.addUser({ email, name: 'Ada', timeZone: berlin });
  const providerWith = (changes: ProviderChanges) =>
    createMicrosoftProvider(microsoftOptions(microsoft, now, changes));
  const provider = providerWith({});
  let people: People | undefined;
  const others = new Map<string, string>();
  return {
    provider,
    providerWith,
    people: () => (people ??= peopleOf(microsoft)),
    simulator: microsoft,
    redirectUri,
    user: { email, accountId: `${oid}.${tid}` },
    paths: {
      token: '/token$',
      calendars: '/me/calendars$',
      events: '/calendarView/delta$',
      watch: '/subscriptions$',
      stop: '/subscriptions/[^/]+$',
      newEvent: '/me/calendars/[^/]+/events$',
      event: '/me/events/[^/]+$',
      search: '/me/calendars/[^/]+/events$',
      cancel: '/me/events/[^/]+/cancel$',
      busyTimes: '/me/calendar/getSchedule$',
      entriesNow: '/calendarView$',
    },
    receiver: async () => receiverOf(await receiver()),
    greetWith: async (greet) => {
      (await receiver()).greet = greet;
    },
    lastNotification: async () => (await receiver()).posts.flat().at(-1),
    delivered: () => microsoft.deliverNotifications(),
    standingWatches: () =>
      microsoft
        .subscriptions(email)
        .map(({ id, expiresAt }) => ({ providerWatchId: id, expiresAt: new Date(expiresAt) })),
    pageSize,
    consent: (url) => microsoft.authorize(withMailboxSettings(url), { email }),
    revokeGrant: () => microsoft.revokeGrant(email),
    expireAccessTokens: () => microsoft.expireAccessTokens(email),
    expireCursors: () => microsoft.expireDeltaTokens(email),
    put: (entry, id) => microsoft.putEvent(email, 'default', wireEvent(entry, id)).id,
    putElsewhere: (name, entry) => {
      const id = others.get(name) ?? microsoft.addCalendar(email, { name });
      others.set(name, id);
      microsoft.putEvent(email, id, wireEvent(entry));
      return id;
    },
    breakCalendar: (id) => microsoft.removeCalendar(email, id),
    remove: (id) => microsoft.deleteEvent(email, 'default', id),
    moveOccurrence: (seriesId, originalStart, start, end) => {
      const times = { start: wallClock(start), end: wallClock(end) };
      microsoft.moveOccurrence(email, 'default', seriesId, originalStart, times);
    },
    cancelOccurrence: (seriesId, originalStart) =>
      microsoft.cancelOccurrence(email, 'default', seriesId, originalStart),
    truth: ({ start, end }) => microsoft.truth(email, 'default', start, end).map(heldIn),
    halfReadable: halfReadable(microsoft.url),
    close: async () => {
      await provider.close();
      await microsoft.close();
      await (await receiving)?.[Symbol.asyncDispose]();
    },
  };
}

function receiverOf({ url, posts }: Receiver): PushReceiver {
  return {
    addresses: { notifications: `${url}/hook`, lifecycle: `${url}/lifecycle` },
    told: () =>
      posts.flat().map(({ clientState = '', subscriptionId: providerWatchId }) => {
        const [watchId = '', secret = ''] = clientState.split('.');
        return { watchId, secret, providerWatchId };
      }),
  };
}

function microsoftOptions(
  microsoft: MicrosoftSimulator,
  now: () => Date,
  { clientSecret, timeoutMs = 10_000, origin = microsoft.url }: ProviderChanges,
): MicrosoftOptions {
  return {
    clientId: microsoft.env['MICROSOFT_CLIENT_ID'] ?? '',
    clientSecret: clientSecret ?? microsoft.env['MICROSOFT_CLIENT_SECRET'] ?? '',
    tenantId: 'common',
    authorityUrl: origin,
    graphUrl: `${origin}/v1.0`,
    timeoutMs,
    now,
    budget: noBudget,
  };
}

/** An administrator allowed more than the app asks for. It is granted along, and tells the mailbox's zone. */
function withMailboxSettings(authUrl: string): string {
  const url = new URL(authUrl);
  url.searchParams.set('scope', `${url.searchParams.get('scope')} MailboxSettings.Read`);
  return url.href;
}

/** In the wall-clock time of the calendar, so that a series keeps its hour when the clocks change. */
export function wireEvent(entry: Entry, id?: string): EventInput {
  const time = (at: string) =>
    entry.allDay === true ? { dateTime: `${at}T00:00:00`, timeZone: berlin } : wallClock(at);
  return {
    ...(id === undefined ? {} : { id }),
    subject: entry.title,
    start: time(entry.start),
    end: time(entry.end),
    ...(entry.allDay === true ? { isAllDay: true } : {}),
    ...(entry.private === true ? { sensitivity: 'private' } : {}),
    ...(entry.declined === true ? invitation : {}),
    ...(entry.shows === undefined ? {} : { showAs: entry.shows === 'out_of_office' ? 'oof' : entry.shows }),
    ...(entry.daily === undefined ? {} : { recurrence: daily(entry.start.slice(0, 10), entry.daily) }),
  };
}

export function daily(startDate: string, numberOfOccurrences: number): NonNullable<EventInput['recurrence']> {
  return {
    pattern: { type: 'daily', interval: 1 },
    range: { type: 'numbered', startDate, numberOfOccurrences },
  };
}

/** Outlook shows the time of what it keeps of a declined meeting as free. */
const invitation = {
  showAs: 'free',
  isOrganizer: false,
  organizer: { emailAddress: { address: 'grace@contoso.example', name: 'Grace' } },
  responseStatus: { response: 'declined', time: '2026-02-20T10:00:00Z' },
};

/** Where days begin in Berlin is written out here, so that the adapter's own reading is not its judge. */
function heldIn({ id, start, end, isAllDay }: GraphEvent): Held {
  const instant = (time: unknown): Date => {
    const { dateTime } = time as { dateTime: string };
    if (isAllDay !== true) return new Date(`${dateTime}Z`);
    const date = dateTime.slice(0, 10);
    return new Date(`${date}T00:00:00${date > '2026-03-29' ? '+02:00' : '+01:00'}`);
  };
  return { providerEventId: id, start: instant(start), end: instant(end) };
}

function halfReadable(url: string): ProviderWorld['halfReadable'] {
  const time = (dateTime: string) => ({ dateTime, timeZone: 'UTC' });
  const readable = {
    type: 'singleInstance',
    start: time('2026-03-02T09:00:00.0000000'),
    end: time('2026-03-02T10:00:00.0000000'),
  };
  return {
    readableId: 'readable',
    unreadableId: 'unreadable',
    body: {
      '@odata.deltaLink': `${url}/v1.0/me/calendars/any/calendarView/delta?$deltatoken=token`,
      value: [
        { ...readable, id: 'unreadable', start: time('9999-99-99T00:00:00.0000000') },
        { ...readable, id: 'readable' },
      ],
    },
  };
}

/** Runs the test in a world of its own, and ends it. No request may have broken Microsoft's contract. */
export async function inMicrosoftWorld(
  options: Partial<MicrosoftSimulatorOptions>,
  run: (world: MicrosoftWorld) => Promise<void>,
): Promise<void> {
  const world = await startMicrosoftWorld({ now: () => noon, ...options });
  try {
    await run(world);
  } finally {
    await world.close();
  }
  expect(world.simulator.violations()).toEqual([]);
}
