import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { SyncWindow } from '../../src/domain/sync.ts';
import { startGoogleSimulator, type GoogleSimulator } from '../simulators/google/index.ts';
import type { GoogleEventInput } from '../simulators/google/wire.ts';
import {
  startMicrosoftSimulator,
  type EventInput,
  type MicrosoftSimulator,
} from '../simulators/microsoft/index.ts';
import type { RecordedRequest, Simulator } from '../simulators/simulator.ts';
import { googleTruth, microsoftTruth, type Entry } from './truth.ts';

/** What users and their vendor do, in words that fit both vendors. Users are named by their address. */
export interface SimulatedVendor {
  readonly id: ProviderId;
  readonly simulator: Simulator;
  /** Sources of regular expressions on the pathname, as faults want them. */
  readonly paths: {
    readonly token: string;
    readonly calendars: string;
    readonly events: string;
    /** The creation of a watch, and its end. */
    readonly watch: string;
    readonly stop: string;
  };
  /** Gives the provider's id of the primary calendar. */
  addUser(email: string): string;
  addCalendar(email: string, name: string): string;
  /** Takes it off the list, at Microsoft for the next reading of it. */
  removeCalendar(email: string, calendarId: string): void;
  consent(authorizationUrl: string, email: string, grant?: string[]): Promise<URL>;
  /** The same address without the wish for a lasting permission: no refresh token comes of it. */
  withoutLastingAccess(authorizationUrl: string): string;
  /** All that is asked for but the right to the calendars. */
  readonly scopesWithoutCalendars: string[];
  /** Creates, or replaces the entry with that id; gives the provider's id of it. */
  put(email: string, calendarId: string, appointment: Appointment, id?: string): string;
  remove(email: string, calendarId: string, id: string): void;
  cancelOccurrence(email: string, calendarId: string, seriesId: string, originalStart: Date): void;
  moveOccurrence(
    email: string,
    calendarId: string,
    seriesId: string,
    originalStart: Date,
    to: { start: Date; end: Date },
  ): void;
  truth(email: string, calendarId: string, window: SyncWindow): Entry[];
  expireCursors(email: string): void;
  /** What the vendor would notify of this user's changes, by its names for the watches. */
  watches(email: string): string[];
  expireAccessTokens(email: string): void;
  revokeGrant(email: string): void;
  /** From the token and listing requests that were made so far. */
  isRefresh(request: RecordedRequest): boolean;
  isListing(request: RecordedRequest): false | 'full' | 'incremental' | 'next page';
  /** The source of a regular expression on the pathname of one calendar's listing. */
  listingPath(calendarId: string): string;
  /** The body of a last page that names these entries and, broken, those; the cursor is to be one that was stored. */
  page(cursor: string, readable: readonly string[], unreadable: readonly string[], start: Date): unknown;
}

/** An entry in a calendar. */
export interface Appointment {
  readonly title: string;
  readonly start: Date;
  readonly end: Date;
  /** From the day of `start` to that of `end`, exclusive. */
  readonly allDay?: boolean;
  readonly private?: boolean;
  readonly description?: string;
  readonly location?: string;
  readonly guest?: string;
  /** So many occurrences, one a day. */
  readonly daily?: number;
}

export interface SimulatedVendors {
  readonly google: SimulatedVendor & { readonly simulator: GoogleSimulator };
  readonly microsoft: SimulatedVendor & { readonly simulator: MicrosoftSimulator };
}

/** Both of them, empty. Whoever starts them closes the simulators. */
export async function startVendors(now: () => Date): Promise<SimulatedVendors> {
  const [google, microsoft] = await Promise.all([
    startGoogleSimulator({ now, push: { allowHttpLoopback: true } }),
    startMicrosoftSimulator({ now, notifications: { allowHttpLoopback: true } }),
  ]);
  return vendorsOf(google, microsoft);
}

/** Of simulators that run already. */
export function vendorsOf(google: GoogleSimulator, microsoft: MicrosoftSimulator): SimulatedVendors {
  return { google: googleVendor(google), microsoft: microsoftVendor(microsoft) };
}

const isoDay = (at: Date): string => at.toISOString().slice(0, 10);
const isRefresh = ({ path, body }: RecordedRequest): boolean =>
  path.endsWith('/token') && new URLSearchParams(body).get('grant_type') === 'refresh_token';

function googleVendor(google: GoogleSimulator): SimulatedVendors['google'] {
  return {
    id: 'google',
    simulator: google,
    paths: {
      token: '^/token$',
      calendars: '/calendarList$',
      events: '/events$',
      watch: '/events/watch$',
      stop: '/channels/stop$',
    },
    addUser: (email) => google.addUser({ email }).email,
    addCalendar: (email, summary) => google.addCalendar(email, { summary }).id,
    removeCalendar: (email, calendarId) => google.removeCalendar(email, calendarId),
    consent: (url, email, grant) => google.authorize(url, { email, ...(grant && { grant }) }),
    withoutLastingAccess: (address) => {
      const url = new URL(address);
      url.searchParams.delete('access_type');
      return url.href;
    },
    scopesWithoutCalendars: ['openid', 'email'],
    put: (email, calendarId, appointment, id) =>
      google.putEvent(email, calendarId, googleEvent(appointment, id)).id ?? '',
    remove: (email, calendarId, id) => google.deleteEvent(email, calendarId, id),
    cancelOccurrence: (email, calendarId, seriesId, originalStart) => {
      google.cancelInstance(email, calendarId, seriesId, originalStart);
    },
    moveOccurrence: (email, calendarId, seriesId, originalStart, { start, end }) => {
      const times = { start: { dateTime: start.toISOString() }, end: { dateTime: end.toISOString() } };
      google.moveInstance(email, calendarId, seriesId, originalStart, times);
    },
    truth: (email, calendarId, { start, end }) => googleTruth(google, email, [start, end], calendarId),
    expireCursors: (email) => google.expireSyncTokens(email),
    watches: (email) =>
      google
        .channels()
        .filter(({ email: owner }) => owner === email)
        .map(({ id }) => id),
    expireAccessTokens: (email) => google.expireAccessTokens(email),
    revokeGrant: (email) => google.revokeGrant(email),
    isRefresh,
    isListing: ({ path, query }) => {
      if (!path.endsWith('/events')) return false;
      if (query['pageToken'] !== undefined) return 'next page';
      return query['syncToken'] === undefined ? 'full' : 'incremental';
    },
    listingPath: (calendarId) => `${calendarId.replace(/@.*/, '')}.*/events$`,
    page: (cursor, readable, unreadable, start) => ({
      timeZone: 'UTC',
      nextSyncToken: cursor.slice(cursor.lastIndexOf(':') + 1),
      items: [
        ...unreadable.map((id) => ({ id, status: 'confirmed', start: { dateTime: 'soon' } })),
        ...readable.map((id) => ({ id, start: { dateTime: start.toISOString() } })),
      ],
    }),
  };
}

function googleEvent(appointment: Appointment, id: string | undefined): GoogleEventInput {
  const { title, description, location, guest, daily } = appointment;
  const time = (at: Date) =>
    appointment.allDay === true ? { date: isoDay(at) } : { dateTime: at.toISOString(), timeZone: 'UTC' };
  return {
    ...(id === undefined ? {} : { id }),
    summary: title,
    start: time(appointment.start),
    end: time(appointment.end),
    ...(description === undefined ? {} : { description }),
    ...(location === undefined ? {} : { location }),
    ...(guest === undefined ? {} : { attendees: [{ email: guest, responseStatus: 'accepted' }] }),
    ...(appointment.private === true ? { visibility: 'private' } : {}),
    ...(daily === undefined ? {} : { recurrence: [`RRULE:FREQ=DAILY;COUNT=${daily}`] }),
  };
}

function microsoftVendor(microsoft: MicrosoftSimulator): SimulatedVendors['microsoft'] {
  const primaries = new Map<string, string>();
  return {
    id: 'microsoft',
    simulator: microsoft,
    paths: {
      token: '/oauth2/v2.0/token$',
      calendars: '/me/calendars$',
      events: '/calendarView/delta$',
      watch: '/subscriptions$',
      stop: '/subscriptions/.',
    },
    addUser: (email) => {
      const { calendarId } = microsoft.addUser({ email, name: email });
      primaries.set(email, calendarId);
      return calendarId;
    },
    addCalendar: (email, name) => microsoft.addCalendar(email, { name }),
    removeCalendar: (email) => {
      const owner = { name: email, address: email };
      const id = primaries.get(email);
      const rest = { id, name: 'Calendar', isDefaultCalendar: true, canEdit: true, hexColor: '', owner };
      const action = { type: 'status', status: 200, body: { value: [rest] } } as const;
      microsoft.fault({ match: { path: '/me/calendars$' }, action });
    },
    consent: (url, email, grant) => microsoft.authorize(url, { email, ...(grant && { grant }) }),
    withoutLastingAccess: (address) => {
      const url = new URL(address);
      const scopes = url.searchParams.get('scope')?.split(' ') ?? [];
      url.searchParams.set('scope', scopes.filter((scope) => scope !== 'offline_access').join(' '));
      return url.href;
    },
    scopesWithoutCalendars: ['User.Read', 'offline_access', 'openid', 'email'],
    put: (email, calendarId, appointment, id) =>
      microsoft.putEvent(email, calendarId, microsoftEvent(appointment, id)).id,
    remove: (email, calendarId, id) => microsoft.deleteEvent(email, calendarId, id),
    cancelOccurrence: (email, calendarId, seriesId, originalStart) =>
      microsoft.cancelOccurrence(email, calendarId, seriesId, originalStart.toISOString()),
    moveOccurrence: (email, calendarId, seriesId, originalStart, { start, end }) => {
      const times = { start: utcTime(start), end: utcTime(end) };
      microsoft.moveOccurrence(email, calendarId, seriesId, originalStart.toISOString(), times);
    },
    truth: (email, calendarId, { start, end }) => microsoftTruth(microsoft, email, [start, end], calendarId),
    expireCursors: (email) => microsoft.expireDeltaTokens(email),
    watches: (email) => microsoft.subscriptions(email).map(({ id }) => id),
    expireAccessTokens: (email) => microsoft.expireAccessTokens(email),
    revokeGrant: (email) => microsoft.revokeGrant(email),
    isRefresh,
    isListing: ({ path, query }) => {
      if (!path.endsWith('/calendarView/delta')) return false;
      if (query['$skiptoken'] !== undefined) return 'next page';
      return query['$deltatoken'] === undefined ? 'full' : 'incremental';
    },
    listingPath: (calendarId) => `${calendarId.replace(/=+$/, '')}.*/calendarView/delta$`,
    page: (cursor, readable, unreadable, start) => {
      const times = { type: 'singleInstance', start: utcTime(start), end: utcTime(start) };
      return {
        '@odata.deltaLink': cursor.slice(cursor.indexOf('http')),
        value: [
          ...unreadable.map((id) => ({
            ...times,
            id,
            start: { dateTime: '9999-99-99T00:00:00', timeZone: 'UTC' },
          })),
          ...readable.map((id) => ({ ...times, id })),
        ],
      };
    },
  };
}

function microsoftEvent(appointment: Appointment, id: string | undefined): EventInput {
  const { title, description, location, guest, daily } = appointment;
  const time = (at: Date) =>
    appointment.allDay === true ? { dateTime: `${isoDay(at)}T00:00:00`, timeZone: 'UTC' } : utcTime(at);
  return {
    ...(id === undefined ? {} : { id }),
    subject: title,
    start: time(appointment.start),
    end: time(appointment.end),
    ...(appointment.allDay === true ? { isAllDay: true } : {}),
    ...(description === undefined ? {} : { body: { contentType: 'text', content: description } }),
    ...(location === undefined ? {} : { location: { displayName: location } }),
    ...(guest === undefined ? {} : { attendees: [microsoftGuest(guest)] }),
    ...(appointment.private === true ? { sensitivity: 'private' } : {}),
    ...(daily === undefined
      ? {}
      : {
          recurrence: {
            pattern: { type: 'daily', interval: 1 },
            range: { type: 'numbered', startDate: isoDay(appointment.start), numberOfOccurrences: daily },
          },
        }),
  };
}

function microsoftGuest(address: string) {
  return {
    type: 'required',
    status: { response: 'accepted', time: '2040-03-01T00:00:00Z' },
    emailAddress: { address, name: address },
  };
}

function utcTime(at: Date): { dateTime: string; timeZone: string } {
  return { dateTime: at.toISOString().slice(0, 19), timeZone: 'UTC' };
}
