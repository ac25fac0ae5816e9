import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { attemptStatuses } from '../domain/connection.ts';
import { failure, type Failure, type FailureCode } from '../domain/failure.ts';
import type { ProviderId } from '../domain/provider-id.ts';
import type { Sealed } from '../domain/sealed.ts';
import type { AttemptRecord, Callback, CallbackVerdict, Intents } from '../store/store.ts';
import { provider, recordId, text, userId } from './fields.ts';
import type { HandOver } from './handing-over.ts';
import { createRoutes, json, jsonBody, operation, type Routes } from './operation.ts';
import { Problem } from './problem.ts';

export interface CallbackDeps {
  readonly intents: Pick<Intents, 'acceptCallback'>;
  readonly handOver: HandOver;
  readonly seal: (plain: string) => Sealed;
  readonly now: () => Date;
}

export function callbackRoutes({ intents, handOver, seal, now }: CallbackDeps): Routes {
  return createRoutes().openapi(acceptCallback, async (c) => {
    const body = c.req.valid('json');
    const providerId = c.req.valid('param').provider;
    const attempt = acceptedAttempt(
      await intents.acceptCallback({
        provider: providerId,
        userId: body.userId,
        stateHash: sha256(body.state),
        result: resultOf(providerId, body, seal),
        now: now(),
      }),
    );
    if (attempt.status === 'exchanging') {
      const payload = { v: 1, attemptId: attempt.id, requestId: c.get('requestId') } as const;
      await handOver('connect', 'exchange-code', payload, { deduplicate: 'while-queued' });
    }
    return c.json({ attemptId: attempt.id, status: attempt.status }, 202);
  });
}

/** Not strict: providers put more into the redirect (`scope`, `session_state`, `authuser` …), and it may come along. */
const callbackRequest = z
  .object({
    userId: userId.openapi({ description: 'The user who is signed in to the main app, from its session.' }),
    state: text(1024).openapi({ description: 'As it came back with the browser.' }),
    code: text(4096).optional().openapi({
      description: 'The authorization code. Sealed at once; works once.',
      example: '4/0AX4XfWh…',
    }),
    error: text(256).optional().openapi({
      description: 'Instead of a code: the provider’s `error` (RFC 6749 4.1.2.1).',
      example: 'access_denied',
    }),
    error_description: text(4096)
      .optional()
      .openapi({ description: 'Beside `error`. Only Microsoft’s error number is taken from it.' }),
  })
  .superRefine(({ code, error }, issues) => {
    if ((code === undefined) === (error === undefined)) {
      issues.addIssue({ code: 'custom', path: ['code'], message: 'give either `code` or `error`' });
    }
  })
  .openapi('CallbackRequest', {
    example: {
      userId: 'user-1024',
      state: 'pW2f0c1yq3mD7s7dXn0yKZ5vS8tB4uQhJ1lA9eRgTxo',
      code: '4/0AX4XfWh…',
    },
  });

const acceptCallback = operation(
  {
    method: 'post',
    path: '/v1/callback/{provider}',
    operationId: 'acceptCallback',
    tags: ['Connecting'],
    summary: 'Hand over what the browser brought back',
    description:
      'Takes the code, or the error, that the provider’s redirect carried, and queues the exchange. The same code again ' +
      'is harmless. An error ends the attempt; it is answered with 202 as well, and its reason is in the attempt.',
    request: { params: z.object({ provider }), body: jsonBody(callbackRequest) },
    responses: {
      202: json(
        z
          .object({
            attemptId: recordId('the attempt, for GET /v1/attempts/{id}'),
            status: z.enum(attemptStatuses).openapi({ example: 'exchanging' }),
          })
          .openapi('AcceptedCallback'),
        'Taken; ask GET /v1/attempts/{id} how it went.',
      ),
    },
  },
  'state_unknown',
  'state_foreign',
  'state_used',
  'state_expired',
);

function acceptedAttempt(verdict: CallbackVerdict): AttemptRecord {
  switch (verdict.type) {
    case 'accepted':
      return verdict.attempt;
    case 'unknown':
      throw new Problem('state_unknown');
    case 'foreign':
      throw new Problem('state_foreign');
    case 'used':
      throw new Problem('state_used', { members: { attemptId: verdict.attempt.id } });
    case 'expired':
      throw new Problem('state_expired', { members: { attemptId: verdict.attempt.id } });
  }
}

function resultOf(
  providerId: ProviderId,
  { code, error, error_description }: z.output<typeof callbackRequest>,
  seal: CallbackDeps['seal'],
): Callback['result'] {
  if (code !== undefined) return { code: seal(code), codeHash: sha256(code) };
  return { failure: redirectFailure(providerId, error ?? '', error_description) };
}

/**
 * What a provider's redirect says instead of giving a code. `access_denied` and the codes of RFC 6749 4.1.2.1 are
 * common to both; `admin_policy_enforced` and `org_internal` are Google's
 * (developers.google.com/identity/protocols/oauth2/web-server#errors).
 */
const redirectFailures: Readonly<Record<string, FailureCode>> = {
  access_denied: 'consent_denied',
  admin_policy_enforced: 'admin_policy',
  org_internal: 'admin_policy',
  consent_required: 'consent_denied',
  invalid_client: 'invalid_client',
  unauthorized_client: 'invalid_client',
  redirect_uri_mismatch: 'redirect_uri_mismatch',
  server_error: 'provider_unavailable',
  temporarily_unavailable: 'provider_unavailable',
};

const providerNames: Readonly<Record<ProviderId, string>> = { google: 'Google', microsoft: 'Microsoft' };

function redirectFailure(providerId: ProviderId, error: string, description = ''): Failure {
  const word = /^[\w.-]{1,64}$/.test(error) ? error : 'an error that is no plain word';
  const number = /AADSTS\d{4,8}/.exec(description)?.[0];
  const said = number === undefined ? word : `${word} (${number})`;
  const code = Object.hasOwn(redirectFailures, error) ? redirectFailures[error] : undefined;
  return failure(
    code ?? 'provider_refused',
    `${providerNames[providerId]} sent the user back with ${said} instead of an authorization code.`,
  );
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}
