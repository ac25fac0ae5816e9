import { createHash } from 'node:crypto';

import type { GoogleSimulator } from '../simulators/google/index.ts';
import type { Consent } from '../simulators/google/consent.ts';
import type { GoogleEvent } from '../simulators/google/wire.ts';

export const REDIRECT_URI = 'http://localhost:3000/settings';
export const CALENDAR_SCOPE = 'https://www.googleapis.com/auth/calendar';
export const VERIFIER = 'verifier-of-at-least-forty-three-characters-in-length';

/** A page of `events.list` or its error. */
export interface EventsAnswer {
  status: number;
  items: GoogleEvent[];
  nextPageToken?: string;
  nextSyncToken?: string;
  error?: { code: number; message: string; errors: { reason: string; domain: string; location?: string }[] };
}

/** A correct authorization URL with PKCE and offline access; `undefined` takes a parameter away. */
export function authorizationUrl(
  google: GoogleSimulator,
  changes: Record<string, string | undefined> = {},
): URL {
  const url = new URL(google.env['GOOGLE_AUTHORIZE_URL'] ?? '');
  const parameters = {
    client_id: google.env['GOOGLE_CLIENT_ID'],
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: `openid email ${CALENDAR_SCOPE}`,
    state: 'state-of-the-app',
    access_type: 'offline',
    prompt: 'consent',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  };
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value);
  return url;
}

/** A POST to the token endpoint with the client's own credentials unless they are overridden. */
export async function requestTokens(google: GoogleSimulator, form: Record<string, string>) {
  const body = new URLSearchParams({
    client_id: google.env['GOOGLE_CLIENT_ID'] ?? '',
    client_secret: google.env['GOOGLE_CLIENT_SECRET'] ?? '',
    ...form,
  });
  const response = await fetch(google.env['GOOGLE_TOKEN_URL'] ?? '', { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

export function exchangeForm(redirect: URL, changes: Record<string, string> = {}): Record<string, string> {
  const code = redirect.searchParams.get('code') ?? '';
  return {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
    ...changes,
  };
}

/** From the authorization URL to tokens. */
export async function connect(
  google: GoogleSimulator,
  consent: Consent,
  changes: Record<string, string | undefined> = {},
) {
  const redirect = await google.authorize(authorizationUrl(google, changes), consent);
  const { body } = await requestTokens(google, exchangeForm(redirect));
  return body;
}

/** Ends the simulator. @throws Error where something did not fit Google's own contract. */
export async function closeFaultless(google: GoogleSimulator): Promise<void> {
  await google.close();
  if (google.violations().length > 0)
    throw new Error(`contract violations:\n${google.violations().join('\n')}`);
}

/** Reads from the Calendar API as one user. */
export function calendarReader(google: GoogleSimulator, accessToken: string) {
  const get = async (path: string, parameters: Record<string, string> | URLSearchParams = {}) => {
    const url = new URL(path, google.env['GOOGLE_CALENDAR_URL']);
    url.search = new URLSearchParams(parameters).toString();
    const response = await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } });
    return { status: response.status, ...((await response.json()) as object) };
  };

  const page = async (parameters: Record<string, string> | URLSearchParams, calendarId = 'primary') =>
    (await get(`calendars/${encodeURIComponent(calendarId)}/events`, parameters)) as EventsAnswer;

  /** Every page, as one answer. */
  const all = async (parameters: Record<string, string>, calendarId = 'primary') => {
    const items: GoogleEvent[] = [];
    let answer = await page(parameters, calendarId);
    for (let pages = 1; ; pages += 1) {
      items.push(...(answer.items ?? []));
      if (answer.nextPageToken === undefined) return { ...answer, items, pages };
      answer = await page({ ...parameters, pageToken: answer.nextPageToken }, calendarId);
    }
  };

  return { get, page, all };
}

export type CalendarReader = ReturnType<typeof calendarReader>;
