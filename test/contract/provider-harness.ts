import { createHash } from 'node:crypto';

import type { TestAPI } from 'vitest';

import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { SyncWindow } from '../../src/domain/sync.ts';
import type { Access, Grant, Provider, StandingWatch, WatchRequest } from '../../src/providers/provider.ts';
import type { Simulator } from '../simulators/simulator.ts';

/** What a vendor's test hands to the suite: everything that the suite cannot say in words that all vendors share. */
export interface ProviderHarness {
  readonly id: ProviderId;
  /** Whether a watch can be renewed, by a request to the path of `stop`; otherwise another takes its place. */
  readonly renewsWatches: boolean;
  /** The vendor's own kind of meeting, which the user's calendar allows. */
  readonly meets: 'google_meet' | 'teams';
  /** Whether an event with attendees can be written without mailing them. */
  readonly canBeSilent: boolean;
  /** A vendor of its own with one user, and a provider that speaks to it; both for one test. */
  start(options: { readonly now: () => Date }): Promise<ProviderWorld>;
}

export interface ProviderWorld {
  readonly provider: Provider;
  readonly simulator: Simulator;
  /** Registered with the vendor. */
  readonly redirectUri: string;
  /** Lives in Europe/Berlin, has one calendar and nothing in it. */
  readonly user: { readonly email: string; readonly accountId: string };
  /** Sources of regular expressions on the pathname, as faults want them. */
  readonly paths: Readonly<
    Record<
      | 'token'
      | 'calendars'
      | 'events'
      | 'watch'
      | 'stop'
      /** To which events are created; of one event, and what is asked first to find one. */
      | 'newEvent'
      | 'event'
      | 'search'
      /** Of the request that takes an event out. */
      | 'cancel'
      /** That asks when the user's own calendar is busy, and that reads what is in it now. */
      | 'busyTimes'
      | 'entriesNow',
      string
    >
  >;
  /** The receiver of this world's notifications, started at the first call; `close` ends it. */
  receiver(): Promise<PushReceiver>;
  /** Resolves when everything that has changed so far has been told to whom it concerns. */
  delivered(): Promise<unknown>;
  /** The watches that stand by the vendor's own account. */
  standingWatches(): readonly StandingNow[];
  /** A listing comes in pages of at most this many. */
  readonly pageSize: number;
  /** Another provider for the same vendor, which the test closes. */
  providerWith(changes: ProviderChanges): Provider;
  /** Consents as the user, in the browser, and gives the address that it is sent back to. */
  consent(authUrl: string): Promise<URL>;
  /** The user removes the app. */
  revokeGrant(): void;
  expireAccessTokens(): void;
  expireCursors(): void;
  /** Creates, or replaces the one with that id; gives the id. */
  put(entry: Entry, id?: string): string;
  /** Into another calendar of the user's, made at the first call for this name; gives its id at the vendor. */
  putElsewhere(calendar: string, entry: Entry): string;
  /** From now on the vendor cannot tell of that calendar. */
  breakCalendar(providerCalendarId: string): void;
  remove(id: string): void;
  /** `originalStart`, `start` and `end` are instants in ISO 8601. */
  moveOccurrence(seriesId: string, originalStart: string, start: string, end: string): void;
  cancelOccurrence(seriesId: string, originalStart: string): void;
  /** What the calendar holds in the window by the vendor's own account. */
  truth(window: SyncWindow): readonly Held[];
  /** Those who write in the vendor's own pages; brought in at the first call. */
  people(): People;
  /** The body of a last page of a listing, of which one entry can be read and its neighbour cannot. */
  readonly halfReadable: {
    readonly body: unknown;
    readonly readableId: string;
    readonly unreadableId: string;
  };
  /** Ends provider and simulator. */
  close(): Promise<void>;
}

/** What people do to the user's events in the vendor's own pages, mails and guests' copies included. */
export interface People {
  /** Uses the same vendor. */
  readonly colleague: string;
  /** Uses neither. */
  readonly stranger: string;
  change(eventId: string, change: PeoplesEdit): void;
  /** The organizer takes it out. */
  remove(eventId: string): void;
  /** The colleague answers an invitation. */
  answer(eventId: string, response: 'accepted' | 'tentative' | 'declined'): void;
  /** What that address was mailed, oldest first; what the organizer is told of answers is left out. */
  mails(to: string): readonly ('invitation' | 'update' | 'cancellation')[];
  /** Lets the vendor finish the meeting links that it is still making. */
  settleConferences(): void;
}

/** Whatever is named; times are as in `Entry`. Somebody to be invited comes beside those who are. */
export type PeoplesEdit = Partial<Pick<Entry, 'title' | 'start' | 'end' | 'allDay' | 'private'>> & {
  readonly invite?: string;
};

export interface PushReceiver {
  readonly addresses: WatchRequest['addresses'];
  /** What notifications said of where they belong, oldest first. */
  told(): readonly Told[];
}

export type Told = Pick<WatchRequest, 'watchId' | 'secret'> & StandingWatch;

export interface StandingNow {
  readonly providerWatchId: string;
  readonly expiresAt: Date;
}

export interface ProviderChanges {
  readonly clientSecret?: string;
  readonly timeoutMs?: number;
  /** Reaches the vendor by another address. */
  readonly origin?: string;
}

/** An entry to be seeded; times are instants in ISO 8601, days are `YYYY-MM-DD` with an exclusive end. */
export interface Entry {
  readonly title: string;
  readonly start: string;
  readonly end: string;
  readonly allDay?: boolean;
  readonly private?: boolean;
  readonly declined?: boolean;
  /** As what it shows its time; busy unless given. */
  readonly shows?: 'free' | 'tentative' | 'out_of_office';
  /** So many daily occurrences. */
  readonly daily?: number;
}

export interface Held {
  readonly providerEventId: string;
  readonly start: Date;
  readonly end: Date;
}

export const now = new Date('2026-03-02T09:00:00Z');

/** March in UTC: the clocks of Berlin change on the 29th. */
export const march: SyncWindow = {
  start: new Date('2026-03-01T00:00:00Z'),
  end: new Date('2026-04-01T00:00:00Z'),
};

/** For calls that nobody interrupts. */
export const never = new AbortController().signal;

export type ProviderTest = TestAPI<{ world: ProviderWorld }>;

export const verifier = 'a-verifier-of-at-least-forty-three-characters-0';

/** RFC 7636 4.2. */
export function challengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url');
}

/** From the authorization URL to tokens and account. */
export async function connect(world: ProviderWorld): Promise<Grant> {
  const { provider, redirectUri } = world;
  const codeChallenge = challengeOf(verifier);
  const returned = await world.consent(provider.getAuthUrl({ state: 'state-1', codeChallenge, redirectUri }));
  const code = returned.searchParams.get('code') ?? '';
  return provider.exchangeCode({ code, codeVerifier: verifier, redirectUri }, never);
}

export async function connected(world: ProviderWorld, signal: AbortSignal = never): Promise<Access> {
  const { tokens, account } = await connect(world);
  const { accessToken, scopes } = tokens;
  return { accessToken, scopes, email: account.email, accountId: account.id, urgency: 'background', signal };
}
