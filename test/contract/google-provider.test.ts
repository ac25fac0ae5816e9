import { createGoogleProvider, type GoogleOptions } from '../../src/providers/google/index.ts';
import { startGoogleSimulator, type GoogleSimulator } from '../simulators/google/index.ts';
import type { GoogleEvent, GoogleEventInput } from '../simulators/google/wire.ts';
import type { Entry, Held, ProviderChanges } from './provider-harness.ts';
import { describeProvider } from './provider-suite.ts';

const email = 'ada@example.com';
const redirectUri = 'http://localhost:3000/settings';
const pageSize = 3;

describeProvider({
  id: 'google',
  start: async ({ now }) => {
    const google = await startGoogleSimulator({ now, behaviour: { pageSizeLimit: pageSize } });
    const { sub } = google.addUser({ email, timeZone: 'Europe/Berlin' });
    const providerWith = (changes: ProviderChanges) => createGoogleProvider(optionsFor(google, now, changes));
    const provider = providerWith({});
    return {
      provider,
      providerWith,
      simulator: google,
      redirectUri,
      user: { email, accountId: sub },
      paths: { token: '^/token$', calendars: '/calendarList$', events: '/events$' },
      pageSize,
      consent: (url) => google.authorize(url, { email }),
      revokeGrant: () => google.revokeGrant(email),
      expireAccessTokens: () => google.expireAccessTokens(email),
      expireCursors: () => google.expireSyncTokens(email),
      put: (entry, id) => google.putEvent(email, 'primary', wireEvent(entry, id)).id ?? '',
      remove: (id) => google.deleteEvent(email, 'primary', id),
      moveOccurrence: (seriesId, originalStart, start, end) => {
        const times = { start: { dateTime: start }, end: { dateTime: end } };
        google.moveInstance(email, 'primary', seriesId, originalStart, times);
      },
      cancelOccurrence: (seriesId, originalStart) => {
        google.cancelInstance(email, 'primary', seriesId, originalStart);
      },
      truth: ({ start, end }) => google.truth(email, 'primary', start, end).map(heldIn),
      halfReadable: {
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
      },
      close: async () => {
        await provider.close();
        await google.close();
      },
    };
  },
});

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
    ...(entry.daily === undefined ? {} : { recurrence: [`RRULE:FREQ=DAILY;COUNT=${entry.daily}`] }),
  };
}

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
