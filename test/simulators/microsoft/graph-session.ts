import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';

import type { DirectoryUser } from './directory.ts';
import { GraphError } from './graph-errors.ts';
import type { Mailbox } from './mailbox.ts';

/** Who calls, and with which rights. */
export interface GraphSession {
  user: DirectoryUser;
  mailbox: Mailbox;
  scopes: readonly string[];
  accessToken: string;
}

export type GraphEnv = { Variables: { session: GraphSession } };
export type GraphContext = Context<GraphEnv>;

export type AccessTokenVerdict =
  | { valid: true; user: DirectoryUser; scopes: readonly string[] }
  | { valid: false; reason: 'unknown' | 'expired' };

/** Bearer authentication. @throws GraphError 401 `InvalidAuthenticationToken` */
export function authenticate(
  inspect: (accessToken: string) => AccessTokenVerdict,
  mailboxOf: (user: DirectoryUser) => Mailbox,
) {
  return createMiddleware<GraphEnv>(async (c, next) => {
    const [, accessToken] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    if (!accessToken) throw unauthenticated('Access token is empty.');
    const verdict = inspect(accessToken);
    if (!verdict.valid)
      throw unauthenticated(
        verdict.reason === 'expired'
          ? 'Lifetime validation failed, the token is expired.'
          : 'IDX14100: JWT is not well formed, there are no dots (.).',
      );
    const { user, scopes } = verdict;
    c.set('session', { user, mailbox: mailboxOf(user), scopes, accessToken });
    await next();
  });
}

/** @throws GraphError 403 unless one of these scopes was granted. */
export function requireScope(c: GraphContext, anyOf: readonly string[]): void {
  const { scopes } = c.get('session');
  const granted = scopes.map((scope) => scope.toLowerCase());
  if (anyOf.some((scope) => granted.includes(scope.toLowerCase()))) return;
  throw new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
}

export const READ_CALENDARS = [
  'Calendars.Read',
  'Calendars.ReadWrite',
  'Calendars.Read.Shared',
  'Calendars.ReadWrite.Shared',
];
export const WRITE_CALENDARS = ['Calendars.ReadWrite', 'Calendars.ReadWrite.Shared'];
export const READ_MAILBOX_SETTINGS = ['MailboxSettings.Read', 'MailboxSettings.ReadWrite'];
export const READ_USER = ['User.Read', 'User.ReadWrite', 'User.ReadBasic.All', 'User.Read.All'];

function unauthenticated(message: string): GraphError {
  return new GraphError(401, 'InvalidAuthenticationToken', message, {
    'WWW-Authenticate':
      'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"',
  });
}
