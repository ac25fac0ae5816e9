import { expect } from 'vitest';

import { createGoogleProvider, type GoogleOptions } from '../../src/providers/google/index.ts';
import {
  startGoogleSimulator,
  type GoogleSimulator,
  type GoogleSimulatorOptions,
} from '../simulators/google/index.ts';
import type { GoogleEvent, GoogleEventInput } from '../simulators/google/wire.ts';
import { ADA } from '../support/google-events.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { noBudget } from '../support/no-budget.ts';
import { now as noon } from './provider-harness.ts';
import { peopleOf } from './google-people.ts';
import type {
  Entry,
  Held,
  People,
  ProviderChanges,
  ProviderWorld,
  PushReceiver,
} from './provider-harness.ts';

export const email = ADA;
/** Of a listing; smaller than the adapter asks for. */
export const pageSize = 3;
const redirectUri = 'http://localhost:3000/settings';

export interface GoogleWorld extends ProviderWorld {
  readonly simulator: GoogleSimulator;
}

/** Ada, her Google Calendar and our adapter. `close` ends both. */
export async function startGoogleWorld(options: GoogleSimulatorOptions): Promise<GoogleWorld> {
  const behaviour = { pageSizeLimit: pageSize, ...options.behaviour };
  const push = { allowHttpLoopback: true, ...options.push };
  const google = await startGoogleSimulator({ ...options, behaviour, push, redirectUris: [redirectUri] });
  let receiver: Promise<WebhookReceiver> | undefined;
  const now = options.now ?? (() => new Date());
  const { sub } = google.addUser({ email, timeZone: 'Europe/Berlin' });
  const providerWith = (changes: ProviderChanges) => createGoogleProvider(optionsFor(google, now, changes));
  const provider = providerWith({});
  let people: People | undefined;
  const others = new Map<string, string>();
  return {
    provider,
    providerWith,
    people: () => (people ??= peopleOf(google)),
    simulator: google,
    redirectUri,
    user: { email, accountId: sub },
    paths: {
      token: '^/token$',
      calendars: '/calendarList$',
      events: '/events$',
      watch: '/events/watch$',
      stop: '/channels/stop$',
      newEvent: '/events$',
      event: '/events/[^/]+$',
      search: '/events/[^/]+$',
      cancel: '/events/[^/]+$',
      busyTimes: '/freeBusy$',
      entriesNow: '/events$',
    },
    receiver: async () => receiverOf(await (receiver ??= startWebhookReceiver())),
    delivered: () => google.pushesSettled(),
    standingWatches: () =>
      google.channels().map(({ id, expiresAt }) => ({ providerWatchId: id, expiresAt: new Date(expiresAt) })),
    pageSize,
    consent: (url) => google.authorize(url, { email }),
    revokeGrant: () => google.revokeGrant(email),
    expireAccessTokens: () => google.expireAccessTokens(email),
    expireCursors: () => google.expireSyncTokens(email),
    put: (entry, id) => google.putEvent(email, 'primary', wireEvent(entry, id)).id ?? '',
    putElsewhere: (name, entry) => {
      const id =
        others.get(name) ?? google.addCalendar(email, { summary: name, timeZone: 'Europe/Berlin' }).id;
      others.set(name, id);
      google.putEvent(email, id, wireEvent(entry, undefined));
      return id;
    },
    breakCalendar: (id) => google.failFreeBusy(id, 'internalError'),
    remove: (id) => google.deleteEvent(email, 'primary', id),
    moveOccurrence: (seriesId, originalStart, start, end) => {
      const times = { start: { dateTime: start }, end: { dateTime: end } };
      google.moveInstance(email, 'primary', seriesId, originalStart, times);
    },
    cancelOccurrence: (seriesId, originalStart) => {
      google.cancelInstance(email, 'primary', seriesId, originalStart);
    },
    truth: ({ start, end }) => google.truth(email, 'primary', start, end).map(heldIn),
    halfReadable,
    close: async () => {
      await provider.close();
      await google.close();
      await (await receiver)?.close();
    },
  };
}

function receiverOf({ url, calls }: WebhookReceiver): PushReceiver {
  return {
    addresses: { notifications: url, lifecycle: `${url}/lifecycle` },
    told: () =>
      calls.map(({ headers }) => ({
        watchId: String(headers['x-goog-channel-id']),
        providerWatchId: String(headers['x-goog-channel-id']),
        resourceId: String(headers['x-goog-resource-id']),
        secret: String(headers['x-goog-channel-token']),
      })),
  };
}

function optionsFor(google: GoogleSimulator, now: () => Date, changes: ProviderChanges): GoogleOptions {
  const { clientSecret = google.env['GOOGLE_CLIENT_SECRET'] ?? '', timeoutMs = 10_000, origin } = changes;
  const endpoint = (name: string): string => {
    const url = google.env[name] ?? '';
    return origin === undefined ? url : url.replace(google.url, origin);
  };
  return {
    clientId: google.env['GOOGLE_CLIENT_ID'] ?? '',
    clientSecret,
    authorizeUrl: endpoint('GOOGLE_AUTHORIZE_URL'),
    tokenUrl: endpoint('GOOGLE_TOKEN_URL'),
    revokeUrl: endpoint('GOOGLE_REVOKE_URL'),
    userinfoUrl: endpoint('GOOGLE_USERINFO_URL'),
    calendarUrl: endpoint('GOOGLE_CALENDAR_URL').replace(/\/$/, ''),
    timeoutMs,
    now,
    budget: noBudget,
  };
}

/** In the wall-clock time of the calendar, so that a series keeps its hour when the clocks change. */
function wireEvent(entry: Entry, id: string | undefined): GoogleEventInput {
  const time = (at: string) =>
    entry.allDay === true ? { date: at } : { dateTime: at, timeZone: 'Europe/Berlin' };
  return {
    ...(id === undefined ? {} : { id }),
    summary: entry.title,
    start: time(entry.start),
    end: time(entry.end),
    ...(entry.private === true ? { visibility: 'private' } : {}),
    ...(entry.declined === true ? invitation : {}),
    ...(entry.shows === undefined ? {} : shown[entry.shows]),
    ...(entry.daily === undefined ? {} : { recurrence: [`RRULE:FREQ=DAILY;COUNT=${entry.daily}`] }),
  };
}

const shown: Readonly<Record<NonNullable<Entry['shows']>, Partial<GoogleEvent>>> = {
  free: { transparency: 'transparent' },
  tentative: { status: 'tentative' },
  out_of_office: { eventType: 'outOfOffice' },
};

const invitation: Partial<GoogleEvent> = {
  organizer: { email: 'grace@example.com' },
  attendees: [
    { email: 'grace@example.com', organizer: true, responseStatus: 'accepted' },
    { email, responseStatus: 'declined' },
  ],
};

/** Where days begin in Berlin is written out here, so that the adapter's own reading is not its judge. */
function heldIn({ id = '', start, end }: GoogleEvent): Held {
  const instant = (time: typeof start): Date => {
    if (time?.dateTime !== undefined) return new Date(time.dateTime);
    const summer = (time?.date ?? '') > '2026-03-29';
    return new Date(`${time?.date}T00:00:00${summer ? '+02:00' : '+01:00'}`);
  };
  return { providerEventId: id, start: instant(start), end: instant(end) };
}

const halfReadable: ProviderWorld['halfReadable'] = {
  readableId: 'readable',
  unreadableId: 'unreadable',
  body: {
    timeZone: 'Europe/Berlin',
    nextSyncToken: 'token',
    items: [
      { id: 'unreadable', status: 'confirmed', start: { dateTime: 'soon' } },
      { id: 'readable', start: { date: '2026-03-02' }, end: { date: '2026-03-03' } },
    ],
  },
};

/** Runs the test in a world of its own, and ends it. No request may have broken Google's contract. */
export async function inGoogleWorld(
  options: GoogleSimulatorOptions,
  run: (world: GoogleWorld) => Promise<void>,
): Promise<void> {
  const world = await startGoogleWorld({ now: () => noon, ...options });
  try {
    await run(world);
  } finally {
    await world.close();
  }
  expect(world.simulator.violations()).toEqual([]);
}
