import { createHash, randomBytes } from 'node:crypto';

import type { GraphEvent, MicrosoftSimulator } from '../simulators/microsoft/index.ts';

export const REDIRECT_URI = 'http://localhost:3000/settings';
export const SCOPES = 'openid email offline_access User.Read Calendars.ReadWrite';

/** A plain client of the simulator, written from the fact sheet and not from the simulator. */
export interface GraphAnswer {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & {
    value: GraphEvent[];
    error?: { code: string; message: string; innerError: Record<string, string> };
    '@odata.nextLink'?: string;
    '@odata.deltaLink'?: string;
  };
}

export interface TokenAnswer {
  status: number;
  body: {
    access_token: string;
    refresh_token?: string;
    id_token?: string;
    scope: string;
    expires_in: number;
    error?: string;
    error_codes?: number[];
    error_description: string;
    suberror?: string;
    timestamp: string;
  };
}

export function pkcePair(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** Overrides with `undefined` leave the parameter out. */
export function authorizationUrl(
  simulator: MicrosoftSimulator,
  overrides: Record<string, string | undefined> = {},
) {
  const { tenant = 'common', ...parameters } = overrides;
  const url = new URL(`${simulator.url}/${tenant}/oauth2/v2.0/authorize`);
  const query = {
    client_id: simulator.env['MICROSOFT_CLIENT_ID'],
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: SCOPES,
    state: 'state-1',
    ...parameters,
  };
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.toString();
}

export async function requestToken(
  simulator: MicrosoftSimulator,
  parameters: Record<string, string | undefined>,
  tenant = 'common',
): Promise<TokenAnswer> {
  const query = {
    client_id: simulator.env['MICROSOFT_CLIENT_ID'],
    client_secret: simulator.env['MICROSOFT_CLIENT_SECRET'],
    ...parameters,
  };
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await fetch(`${simulator.url}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams(given),
  });
  return { status: response.status, body: (await response.json()) as TokenAnswer['body'] };
}

/** Through the consent page and the token endpoint. */
export async function connect(
  simulator: MicrosoftSimulator,
  email: string,
  overrides: Record<string, string> = {},
): Promise<TokenAnswer['body']> {
  const { verifier, challenge } = pkcePair();
  const url = authorizationUrl(simulator, {
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...overrides,
  });
  const target = await simulator.authorize(url, { email });
  const answer = await requestToken(simulator, {
    grant_type: 'authorization_code',
    code: target.searchParams.get('code') ?? '',
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
  });
  return answer.body;
}

export type Get = (address: string, headers?: Record<string, string>) => Promise<GraphAnswer>;

/** GETs paths below `/v1.0`, and links as they come. Asks for immutable ids unless told otherwise. */
export function graphClient(simulator: MicrosoftSimulator, accessToken: string): Get {
  return async (address, headers = {}) => {
    const response = await fetch(address.startsWith('http') ? address : `${simulator.url}/v1.0${address}`, {
      headers: { authorization: `Bearer ${accessToken}`, prefer: 'IdType="ImmutableId"', ...headers },
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as GraphAnswer['body'],
    };
  };
}

export interface CallAnswer {
  status: number;
  headers: Headers;
  /** An empty object for no body. */
  body: Record<string, unknown> & Partial<GraphAnswer['body']> & { id: string };
}

export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<CallAnswer>;

/** Any method on paths below `/v1.0`. Asks for immutable ids unless told otherwise. */
export function graphCaller(simulator: MicrosoftSimulator, accessToken: string): Call {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${simulator.url}/v1.0${path}`, {
      method,
      headers: {
        authorization: `Bearer ${accessToken}`,
        prefer: 'IdType="ImmutableId"',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status } = response;
    return { status, headers: response.headers, body: JSON.parse(text || '{}') as CallAnswer['body'] };
  };
}

export interface DeltaRound {
  items: GraphEvent[];
  pages: number;
  deltaLink: string;
}

/** Follows a round to its deltaLink. */
export async function readRound(
  get: Get,
  address: string,
  prefer = 'odata.maxpagesize=50',
): Promise<DeltaRound> {
  const items: GraphEvent[] = [];
  let next: string | undefined = address;
  for (let pages = 1; pages < 10_000; pages++) {
    const { body, status } = await get(next, { prefer: `IdType="ImmutableId", ${prefer}` });
    if (status !== 200) throw new Error(`delta answered ${status} ${body.error?.code}`);
    items.push(...body.value);
    const deltaLink = body['@odata.deltaLink'];
    if (deltaLink) return { items, pages, deltaLink };
    next = body['@odata.nextLink'];
    if (!next) break;
  }
  throw new Error('the round has no end');
}

/** Follows nextLinks of an ordinary collection. */
export async function readAll(get: Get, address: string): Promise<GraphEvent[]> {
  const { body } = await get(address);
  const next = body['@odata.nextLink'];
  return next ? [...body.value, ...(await readAll(get, next))] : body.value;
}

/** Fails the test when a request or an answer did not fit Microsoft's own contract. */
export async function closeWithoutViolations(simulator: MicrosoftSimulator): Promise<void> {
  await simulator.close();
  const violations = simulator.violations();
  if (violations.length > 0) throw new Error(`the contract was broken:\n${violations.join('\n')}`);
}
