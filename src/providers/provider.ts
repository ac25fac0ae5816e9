import type { Haste, Urgency } from '../domain/budget.ts';
import type { TokenSet } from '../domain/credential.ts';
import type { ProviderId } from '../domain/provider-id.ts';
import type { EventChange, SyncWindow, UnreadableEvent } from '../domain/sync.ts';
import type { FreeBusyAnswers, FreeBusyQuery } from './free-busy.ts';
import type { InterviewEvents } from './interview-events.ts';

/**
 * A calendar vendor. An adapter translates the wire format into our words and the vendor's errors into
 * `ProviderError`, and holds nothing else: no queue, no database, no retry policy. Every method may be called twice;
 * all of them throw `ProviderError` and nothing else, except for defects and for an abort of `signal`, which throws
 * the signal's reason. No method logs or returns a token except those that say so.
 */
export interface Provider {
  readonly id: ProviderId;

  /** The scopes without which nothing works, as asked for. See `missingScopes`. */
  readonly neededScopes: readonly string[];
  /** For a needed scope, wider ones that include it (see `missingScopes`). */
  readonly scopesImpliedBy: Readonly<Record<string, readonly string[]>>;

  /** The address to send the user's browser to (RFC 6749 4.1.1 with PKCE S256, RFC 7636 4.3). Pure; calls nobody. */
  getAuthUrl(request: AuthorizationRequest): string;

  /**
   * Exchanges an authorization code and asks who it belongs to. Not idempotent: a code works once.
   * Error codes: `redirect_uri_mismatch`, `invalid_client`, `client_secret_expired`, `code_expired`, `tenant_unknown`,
   * `admin_policy`, `account_without_mailbox`, `provider_unavailable`, `throttled`, `malformed_answer`, `provider_refused`.
   */
  exchangeCode(request: CodeExchange, signal: AbortSignal): Promise<Grant>;

  /**
   * A new access token. `refreshToken` is in the answer only where the vendor sent one: keep the stored one otherwise.
   * Kind `reconnect_needed` where the grant is dead, `misconfigured` where our registration is.
   */
  refresh(refreshToken: string, signal: AbortSignal): Promise<TokenSet>;

  /**
   * Ends the grant at the vendor. Idempotent: a grant that is already dead is success. `unsupported` where the vendor
   * has no such call (Microsoft): then the user removes the app in their account settings.
   */
  revoke(refreshToken: string, signal: AbortSignal): Promise<'revoked' | 'unsupported'>;

  /** All calendars of the account, complete or not at all. */
  listCalendars(access: Access): Promise<ProviderCalendar[]>;

  /**
   * The changes since `cursor`, or everything in the window where `cursor` is null, page by page, so that memory stays
   * flat. Exactly the last page carries the next cursor; a listing that ends without one throws `malformed`.
   * A dead cursor, or one made by another version of the query, throws `cursor_expired` before the first page.
   * A full listing gives living entries only, as `upsert`s; after it, whatever was not named is gone. It takes back, as
   * `delete` or `series`, what it named and what vanished before it was over.
   * An entry that cannot be read is named in `unreadable` and does not sink its page.
   * Stopping early (`return`) leaves nothing open.
   */
  listEvents(access: Access, query: EventQuery): AsyncIterable<EventPage>;

  /**
   * When these calendars are busy right now, with an answer for each of them: the vendor may know one and not the other. A
   * calendar of which something is missing (an error beside its busy times, an entry that cannot be read, a page that did
   * not come) has failed, and its blocks are not given. What a call does not take is cut into several: calendars as well as
   * ranges. A call that is throttled or fails is a failure of the calendars that it was about; thrown is only what is no
   * calendar's fault: kinds `reconnect_needed` and `misconfigured`. Changes nothing; may be called twice.
   * Failure codes: `calendar_unreachable` (gone, or not shared any more), `throttled`, `provider_unavailable`,
   * `malformed_answer`, `provider_refused`, `account_without_mailbox`, `admin_policy`.
   */
  freeBusy(access: Access, query: FreeBusyQuery): Promise<FreeBusyAnswers>;

  readonly push: Push;

  readonly interviews: InterviewEvents;

  /** Ends kept-alive sockets. Idempotent. */
  close(): Promise<void>;
}

/**
 * Notifications that something has changed. They are hints, may get lost, come twice or late, and say nothing of what
 * changed: a sync finds that. What is created here is addressed, in the vendor's words, as a channel or a subscription;
 * we call it a watch.
 */
export interface Push {
  /** What one watch covers: one calendar, or all calendars of the account. */
  readonly scope: 'calendar' | 'account';
  /**
   * Creates a watch. Not idempotent: each call makes another one at the vendor, and the answer to one that was made may
   * be lost; the first notification can come before the answer does. The vendor may make it end sooner than asked.
   * Error codes: `push_unsupported` (kind `refused`: never for this calendar), `push_address_refused` (`misconfigured`),
   * and those that every call has. `refused` with any other code is no verdict for good: a quota of watches that is full
   * can be shared with other apps, whose watches end. It is worth another try after hours, not after seconds.
   * After `unavailable` and `malformed` the watch may stand nevertheless: the next try takes another id.
   */
  watch(access: Access, request: WatchRequest): Promise<ProviderWatch>;
  /**
   * Makes a watch last longer and authorizes it anew with this access token; gives its new end. Undefined where the vendor
   * has no such call, or does not know the watch any more: then a new one is created, and the old one stopped.
   * May be called twice.
   */
  renewWatch(access: Access, watch: StandingWatch, until: Date): Promise<Date | undefined>;
  /**
   * Ends a watch. Idempotent: one that the vendor does not know any more is success. `unstoppable`, without a request,
   * where the vendor wants a `resourceId` that the watch does not have (Google): it goes on until its end, unless a
   * notification tells the missing id first.
   */
  stopWatch(access: Access, watch: StandingWatch): Promise<'stopped' | 'unstoppable'>;
}

export interface WatchRequest {
  /** Ours, 24 hexadecimal digits, new for each call: comes back with each notification. */
  readonly watchId: string;
  /** Comes back with each notification. At most 64 characters out of base64url. */
  readonly secret: string;
  /** Of a watch of scope `calendar`. */
  readonly providerCalendarId?: string | undefined;
  /** Where notifications are sent; `lifecycle` where the vendor also tells about the watch itself. */
  readonly addresses: { readonly notifications: string; readonly lifecycle: string };
  /** When it is to end. */
  readonly until: Date;
}

/** A watch as the vendor knows it. */
export interface ProviderWatch {
  /** The vendor's name of it: Google's channel id, Microsoft's subscription id. */
  readonly providerWatchId: string;
  /** Google's name of what is watched, without which a channel cannot be stopped. */
  readonly resourceId?: string | undefined;
  readonly expiresAt: Date;
}

export type StandingWatch = Pick<ProviderWatch, 'providerWatchId' | 'resourceId'>;

export type { Urgency };

/**
 * The requests that the vendors allow, shared by all workers. Adapters ask before each request to a vendor's API (not to
 * its token endpoint) and say when it is over.
 */
export interface RequestBudget {
  /**
   * Resolves when the request may go, with what to call when its answer is there or has failed (idempotent). Waits a
   * little where that is enough; throws `ProviderError` of kind `throttled`, marked as `heldBack`, with the time to wait
   * where it is not, so that nobody holds a worker's slot for long. Throws the signal's reason when aborted.
   */
  admit(request: BudgetRequest): Promise<() => void>;
  /** The vendor itself asked for a pause of this account's requests. Nothing where no account is named. */
  pause(request: Pick<BudgetRequest, 'provider' | 'accountId'>, ms: number): Promise<void>;
}

export interface BudgetRequest {
  readonly provider: ProviderId;
  /** What was tried, for the error: e.g. `events.list`. */
  readonly operation: string;
  /** Absent while it is not known yet who signed in: then only the application's own budget counts. */
  readonly accountId?: string | undefined;
  readonly urgency: Urgency;
  /** See `Access`. */
  readonly underway?: boolean | undefined;
  readonly signal: AbortSignal;
}

export interface AuthorizationRequest {
  readonly state: string;
  /** base64url(SHA-256(verifier)), RFC 7636 4.2. */
  readonly codeChallenge: string;
  readonly redirectUri: string;
  /** An e-mail address to fill in. */
  readonly loginHint?: string | undefined;
}

export interface CodeExchange {
  readonly code: string;
  readonly codeVerifier: string;
  /** The same as in the authorization request, letter by letter. */
  readonly redirectUri: string;
}

export interface Grant {
  readonly tokens: TokenSet;
  readonly account: Account;
}

export interface Account {
  /** The vendor's stable subject. An e-mail address can change and is never the key. */
  readonly id: string;
  readonly email: string;
}

export interface Access {
  readonly accessToken: string;
  /** As granted; an adapter leaves out what is not allowed instead of running into a refusal. */
  readonly scopes: readonly string[];
  /** The account's address as known at connect time: who is meant by "self" and by "owner". */
  readonly email: string;
  /** The vendor's stable subject: whose budget of requests it is. */
  readonly accountId: string;
  readonly urgency: Urgency;
  /** For how many requests the urgency holds; for all where absent. */
  readonly haste?: Haste | undefined;
  /** Whether being held back would throw away what was read so far. Then the budget has more patience. */
  readonly underway?: boolean | undefined;
  readonly signal: AbortSignal;
}

export interface ProviderCalendar {
  readonly providerCalendarId: string;
  readonly name: string;
  /** IANA name. Absent where the vendor does not tell. */
  readonly timeZone?: string | undefined;
  readonly primary: boolean;
  readonly canWrite: boolean;
  /** `#rrggbb` */
  readonly color?: string | undefined;
  /** Belongs to the account itself: counts for availability unless the user says otherwise. */
  readonly owned: boolean;
}

export interface EventQuery {
  readonly providerCalendarId: string;
  /** The zone in which all-day entries begin and end where they do not say it themselves; UTC where unknown. */
  readonly timeZone?: string | undefined;
  readonly window: SyncWindow;
  /** Opaque; only ever what an earlier listing of the same calendar gave. */
  readonly cursor: string | null;
  /**
   * The ids of series of which occurrences are held, and that one of these ids names or is an occurrence of. Some vendors
   * (Microsoft) say of a living series that it is removed, or of a changed one only that one occurrence is; an adapter
   * then asks the vendor again, and with this answer it asks about the few that matter. Left out, every id counts as
   * that of a held series.
   */
  readonly heldSeries?: ((ids: readonly string[]) => Promise<ReadonlySet<string>>) | undefined;
}

export interface EventPage {
  readonly changes: readonly EventChange[];
  readonly unreadable: readonly UnreadableEvent[];
  /** On the last page only. */
  readonly cursor: string | null;
}
