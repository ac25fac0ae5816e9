import type { Context } from 'hono';

import type { Account, Accounts, CalendarRecord } from './accounts.ts';
import {
  insufficientPermissions,
  invalid,
  invalidCredentials,
  invalidParameter,
  loginRequired,
  notFound,
} from './errors.ts';
import type { AccessToken, Grants } from './grants.ts';
import { parseFields, selectFields } from './partial-fields.ts';
import type { QuotaGuard } from './quota.ts';

export interface SessionDependencies {
  accounts: Accounts;
  grants: Grants;
  countAgainstQuota: QuotaGuard;
}

/**
 * Who asks, and for whom.
 * @throws ApiError 401 without a living access token, 403 without one of the accepted scopes or beyond the quota.
 */
export function authorize(
  c: Context,
  { accounts, grants, countAgainstQuota }: SessionDependencies,
  accepted: readonly string[],
): { account: Account; token: AccessToken } {
  const [, header] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
  const value = header ?? c.req.query('oauth_token');
  if (!value) throw loginRequired();
  const token = grants.accessToken(value);
  const account = token && accounts.withSub(token.grant.sub);
  if (!account) throw invalidCredentials();
  if (c.req.path.startsWith('/calendar/')) countAgainstQuota(token.grant.clientId, account.sub);
  if (!accepted.some((scope) => token.scopes.includes(scope))) throw insufficientPermissions();
  return { account, token };
}

export function parametersOf(c: Context): URLSearchParams {
  return new URL(c.req.url).searchParams;
}

/** A JSON object. @throws ApiError 400 */
export async function bodyOf(c: Context): Promise<object> {
  const body: unknown = await c.req.json().catch(() => undefined);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('Parse Error');
  return body;
}

export function findCalendar(account: Account, id: string): CalendarRecord {
  const calendar = account.calendars.get(id === 'primary' ? account.email : id);
  if (!calendar || calendar.shown.deleted) throw notFound();
  return calendar;
}

/** JSON, cut down to `fields=` where that is given; 304 where the client holds this version already. */
export function answer(c: Context, body: object): Response {
  const { etag } = body as { etag?: string };
  if (etag !== undefined && c.req.header('if-none-match') === etag) return c.body(null, 304);
  if (etag !== undefined) c.header('etag', etag);
  const alt = c.req.query('alt') ?? 'json';
  if (alt !== 'json') throw invalidParameter('alt', `Invalid value for: ${alt} is not a valid value`);
  const fields = c.req.query('fields');
  return c.json(fields === undefined ? body : (selectFields(body, parseFields(fields)) as object));
}
