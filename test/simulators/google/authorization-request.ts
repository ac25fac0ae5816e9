import type { Client } from './grants.ts';
import { isKnownScope, normaliseScopes } from './scopes.ts';

/** An authorization request that passed the checks. */
export interface AuthorizationRequest {
  client: Client;
  redirectUri: string;
  scopes: string[];
  state: string | undefined;
  nonce: string | undefined;
  offline: boolean;
  prompts: Set<string>;
  includeGranted: boolean;
  loginHint: string | undefined;
  challenge: { value: string; method: string } | undefined;
}

/** What Google shows on a page of its own: the browser does not come back to the app. */
export class RefusedAtProvider extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'RefusedAtProvider';
    this.status = status;
    this.code = code;
  }
}

/** @throws RefusedAtProvider */
export function readAuthorizationRequest(
  query: URLSearchParams,
  clients: ReadonlyMap<string, Client>,
): AuthorizationRequest {
  const client = clients.get(required(query, 'client_id'));
  if (!client) throw new RefusedAtProvider(401, 'invalid_client', 'The OAuth client was not found.');
  const redirectUri = required(query, 'redirect_uri');
  if (!client.redirectUris.includes(redirectUri)) throw redirectMismatch(redirectUri);
  if (required(query, 'response_type') !== 'code')
    throw new RefusedAtProvider(400, 'unsupported_response_type', 'This server answers with codes only.');
  return {
    client,
    redirectUri,
    scopes: readScopes(required(query, 'scope')),
    state: query.get('state') ?? undefined,
    nonce: query.get('nonce') ?? undefined,
    offline: readChoice(query, 'access_type', ['online', 'offline']) === 'offline',
    prompts: readPrompts(query.get('prompt') ?? ''),
    includeGranted: readChoice(query, 'include_granted_scopes', ['false', 'true']) === 'true',
    loginHint: query.get('login_hint') ?? undefined,
    challenge: readChallenge(query),
  };
}

function required(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (!value) throw invalidRequest(`Missing required parameter: ${name}`);
  return value;
}

function readChoice<Choice extends string>(
  query: URLSearchParams,
  name: string,
  choices: readonly [Choice, Choice],
): Choice {
  const value = query.get(name) ?? choices[0];
  const chosen = choices.find((choice) => choice === value);
  if (!chosen) throw invalidRequest(`Invalid parameter value for ${name}: ${value}`);
  return chosen;
}

function readScopes(text: string): string[] {
  const scopes = normaliseScopes(text);
  const unknown = scopes.filter((scope) => !isKnownScope(scope));
  if (unknown.length > 0)
    throw new RefusedAtProvider(
      400,
      'invalid_scope',
      `Some requested scopes were invalid: ${unknown.join(', ')}`,
    );
  return scopes;
}

function readPrompts(text: string): Set<string> {
  const prompts = new Set(text.split(' ').filter((prompt) => prompt !== ''));
  const unknown = [...prompts].find((prompt) => !['none', 'consent', 'select_account'].includes(prompt));
  if (unknown) throw invalidRequest(`Invalid parameter value for prompt: Invalid prompt: ${unknown}`);
  if (prompts.has('none') && prompts.size > 1) throw invalidRequest('prompt=none stands alone');
  return prompts;
}

function readChallenge(query: URLSearchParams): { value: string; method: string } | undefined {
  const value = query.get('code_challenge');
  const method = query.get('code_challenge_method') ?? 'plain';
  if (!value) return undefined;
  if (method !== 'S256' && method !== 'plain')
    throw invalidRequest(`Invalid parameter value for code_challenge_method: ${method}`);
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(value))
    throw invalidRequest('Invalid parameter value for code_challenge');
  return { value, method };
}

function invalidRequest(message: string): RefusedAtProvider {
  return new RefusedAtProvider(400, 'invalid_request', message);
}

function redirectMismatch(redirectUri: string): RefusedAtProvider {
  const message = `You can't sign in because this app sent an invalid request: redirect_uri=${redirectUri} is not registered for this client.`;
  return new RefusedAtProvider(400, 'redirect_uri_mismatch', message);
}
