import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { ProviderId } from '../domain/provider-id.ts';
import type { Sealed } from '../domain/sealed.ts';
import type { Provider } from '../providers/provider.ts';
import type { Intents, NewAttempt, Reads } from '../store/store.ts';
import { provider, recordId, text, time, userId } from './fields.ts';
import { createRoutes, json, jsonBody, operation, type Routes } from './operation.ts';
import { Problem } from './problem.ts';

export interface ConnectDeps {
  readonly reads: Pick<Reads, 'connection'>;
  readonly intents: Pick<Intents, 'createAttempt'>;
  /** Undefined: not configured, so it is off. */
  readonly provider: (id: ProviderId) => Pick<Provider, 'getAuthUrl'> | undefined;
  readonly seal: (plain: string) => Sealed;
  /** The first is the default. */
  readonly redirectUris: readonly string[];
  readonly attemptTtlMs: number;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
}

export function connectRoutes(deps: ConnectDeps): Routes {
  return createRoutes()
    .openapi(connectByPost, async (c) => {
      const started = await startAttempt(deps, c.req.valid('param').provider, c.req.valid('json'));
      return c.json(started, 200);
    })
    .openapi(connectByGet, async (c) => {
      const started = await startAttempt(deps, c.req.valid('param').provider, c.req.valid('query'));
      return c.json(started, 200);
    });
}

const connectRequest = z
  .strictObject({
    userId,
    redirectUri: text(2048).optional().openapi({
      description:
        'Where the provider sends the browser back to: one of OAUTH_REDIRECT_URIS, by default the first.',
      example: 'http://localhost:3000/settings',
    }),
    loginHint: text(320)
      .optional()
      .openapi({ description: 'An e-mail address to fill in at the provider.', example: 'ada@example.com' }),
    connectionId: recordId(
      'the connection to be authorized again; the user must come back with the same account',
    ).optional(),
  })
  .openapi('ConnectRequest', {
    example: {
      userId: 'user-1024',
      redirectUri: 'http://localhost:3000/settings',
      loginHint: 'ada@example.com',
    },
  });

type ConnectRequest = z.output<typeof connectRequest>;

const startedAttempt = z
  .object({
    authorizationUrl: z.url().openapi({
      description: 'Send the user’s browser here.',
      example: 'https://accounts.google.com/o/oauth2/v2/auth?client_id=…&code_challenge=…&state=…',
    }),
    state: z.string().openapi({
      description:
        'Comes back with the browser. It is in the URL already; keep it with the user’s session to compare (RFC 6749 10.12).',
      example: 'pW2f0c1yq3mD7s7dXn0yKZ5vS8tB4uQhJ1lA9eRgTxo',
    }),
    attemptId: recordId('this authorization, for GET /v1/attempts/{id}'),
    expiresAt: time,
  })
  .openapi('StartedAttempt');

const shared = {
  tags: ['Connecting'] as ['Connecting'],
  description:
    'Records an attempt and gives the provider’s authorization URL with PKCE (S256) and a random, single-use state that ' +
    'belongs to this user. With `connectionId` the attempt renews that connection, and an answer for another account ' +
    'changes nothing.',
  responses: { 200: json(startedAttempt, 'The attempt and the address to send the browser to.') },
};
const params = z.object({ provider });
const problems = ['redirect_uri_not_allowed', 'unknown_record', 'disconnecting', 'provider_off'] as const;

const connectByPost = operation(
  {
    ...shared,
    method: 'post',
    path: '/v1/connect/{provider}',
    operationId: 'startConnect',
    summary: 'Start connecting a calendar account',
    request: { params, body: jsonBody(connectRequest) },
  },
  ...problems,
);

const connectByGet = operation(
  {
    ...shared,
    method: 'get',
    path: '/v1/connect/{provider}',
    operationId: 'startConnectByGet',
    summary: 'Start connecting a calendar account, with query parameters',
    request: { params, query: connectRequest },
  },
  ...problems,
);

async function startAttempt(deps: ConnectDeps, providerId: ProviderId, request: ConnectRequest) {
  const adapter = deps.provider(providerId);
  if (adapter === undefined) {
    const variables = `${providerId.toUpperCase()}_CLIENT_ID and ${providerId.toUpperCase()}_CLIENT_SECRET`;
    throw new Problem('provider_off', { detail: `${providerId} is off: ${variables} are not set.` });
  }
  const redirectUri = allowedRedirectUri(deps.redirectUris, request.redirectUri);
  const reauthorizes = await connectionToRenew(deps.reads, providerId, request);
  const state = deps.randomBytes(32).toString('base64url');
  const codeVerifier = deps.randomBytes(32).toString('base64url');
  const now = deps.now();
  const attempt = await deps.intents.createAttempt({
    userId: request.userId,
    provider: providerId,
    redirectUri,
    stateHash: sha256(state).toString('hex'),
    codeVerifier: deps.seal(codeVerifier),
    reauthorizes,
    now,
    expiresAt: new Date(now.getTime() + deps.attemptTtlMs),
  });
  const authorizationUrl = adapter.getAuthUrl({
    state,
    codeChallenge: sha256(codeVerifier).toString('base64url'),
    redirectUri,
    loginHint: request.loginHint ?? reauthorizes?.email,
  });
  return { authorizationUrl, state, attemptId: attempt.id, expiresAt: attempt.expiresAt.toISOString() };
}

/** An open redirect would hand the code to whoever asked, so only configured addresses are sent to (RFC 9700 4.1). */
function allowedRedirectUri(allowed: readonly string[], asked: string | undefined): string {
  const redirectUri = asked ?? allowed[0];
  if (redirectUri === undefined || !allowed.includes(redirectUri)) {
    throw new Problem('redirect_uri_not_allowed', {
      detail: `redirectUri must be one of: ${allowed.join(', ')}`,
      errors: [{ field: 'redirectUri', message: `must be one of: ${allowed.join(', ')}` }],
    });
  }
  return redirectUri;
}

async function connectionToRenew(
  reads: ConnectDeps['reads'],
  providerId: ProviderId,
  { connectionId, userId: user }: ConnectRequest,
): Promise<NewAttempt['reauthorizes']> {
  if (connectionId === undefined) return undefined;
  const connection = await reads.connection(connectionId);
  if (connection === undefined || connection.userId !== user || connection.provider !== providerId) {
    throw new Problem('unknown_record', {
      detail: `The user has no ${providerId} connection ${connectionId}.`,
    });
  }
  if (connection.status === 'disconnecting') throw new Problem('disconnecting');
  return { connectionId, accountId: connection.accountId, email: connection.email };
}

function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
