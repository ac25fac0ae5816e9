import type { TokenSet } from '../domain/credential.ts';
import type { ProviderId } from '../domain/provider-id.ts';
import type { EventChange, SyncWindow, UnreadableEvent } from '../domain/sync.ts';

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

  /** Ends kept-alive sockets. Idempotent. */
  close(): Promise<void>;
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
   * Of these ids, those of series of which occurrences are held. Some vendors (Microsoft) say of a living series that it
   * is removed; an adapter then asks the vendor again, and with this answer it asks about the few that matter. Left out,
   * every id counts as held.
   */
  readonly heldSeries?: ((ids: readonly string[]) => Promise<ReadonlySet<string>>) | undefined;
}

export interface EventPage {
  readonly changes: readonly EventChange[];
  readonly unreadable: readonly UnreadableEvent[];
  /** On the last page only. */
  readonly cursor: string | null;
}
